"""Clubs, their club events, and who takes part."""
