"""Neural networks and face comparison: arrays in, scores out."""
