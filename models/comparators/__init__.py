"""The face comparators that come with the service; others register by entry point (models/registry.py)."""
