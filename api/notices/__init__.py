"""Notices to people about their cases: written with the change they tell of, delivered afterwards."""
