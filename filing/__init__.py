"""Matters, cases, parties, review and certificates: the rules of a filing."""
