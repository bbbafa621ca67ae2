"""Encrypted evidence: the keyring, small sealed fields, and objects in a folder or a bucket."""
