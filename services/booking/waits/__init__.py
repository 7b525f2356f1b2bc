"""Waiting for a time that is taken, and offers of times that were freed."""
