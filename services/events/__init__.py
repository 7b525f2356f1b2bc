"""Clubs, what they put on, and who takes part."""
