"""The national algorithms: SM2 signatures over SM3 digests, and certificates with them."""
