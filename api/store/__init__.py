"""Tables and stores: what the packages below keep, in one database."""
