"""Limits: how much one resident, or one household, may book."""
