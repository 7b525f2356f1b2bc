"""Bookings of spaces, and the claims that keep others out."""
