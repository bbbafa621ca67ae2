"""Streams: a video is judged while it is recorded, each in a process of its own."""
