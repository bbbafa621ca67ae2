"""What happens to every request around its route; plain ASGI, so that streams stay streams."""
