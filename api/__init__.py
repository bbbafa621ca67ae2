"""The running service: HTTP, pages, command line, storage adapters and wiring."""
