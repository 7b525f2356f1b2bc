"""Spaces, and the times at which each can be booked."""
