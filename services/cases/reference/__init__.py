"""Channels, categories, departments and grids: the reference data that a case refers to."""
