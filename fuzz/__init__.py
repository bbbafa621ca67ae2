"""Fuzzing of what reads bytes from strangers. Not installed; run it from a checkout."""
