"""Who is asking: accounts, passwords, the second factor, sign-ins, and the origin of a request."""
