"""A public log of seals that nobody can rewrite unseen (RFC 9162): Merkle tree, proofs, signed heads."""
