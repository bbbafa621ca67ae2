"""Networks that score one picture for being of a person rather than of a picture of one."""
