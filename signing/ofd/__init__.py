"""Fixed-layout documents in the national form OFD (GB/T 33190) under an electronic seal (GB/T 38540)."""
