"""Proof of a live person in a video: decoding, actions, continuity, attack detection, verdict."""
