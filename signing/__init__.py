"""Electronic seals, time stamps, certificates and their verification."""
