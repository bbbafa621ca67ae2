"""Challenges and the sessions they live in, from consent to answer."""
