"""The signer beside the service: its process, a demonstration's child, and what production asks of it."""
