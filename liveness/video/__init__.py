"""A phone video: what container it is, and its frames."""
