"""Copies of the directory's communities: what time it is there."""
