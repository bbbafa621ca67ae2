"""Is a picture good enough: the clip as a whole, and the one frame that is compared."""
