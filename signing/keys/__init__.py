"""Signing keys: the seam, and the stores behind it."""

from signing.keys.folder import EncryptedKeyFolder, read_passphrase
from signing.keys.port import KeyAlgorithm, KeyMaker, KeyStore

__all__ = ["EncryptedKeyFolder", "KeyAlgorithm", "KeyMaker", "KeyStore", "read_passphrase"]
