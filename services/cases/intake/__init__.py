"""Reporting a case: the checks of its channel, its number, its position and its photos."""
