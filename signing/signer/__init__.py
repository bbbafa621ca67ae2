"""A process of its own that holds the keys: it receives bytes to sign over a Unix socket, no more."""
