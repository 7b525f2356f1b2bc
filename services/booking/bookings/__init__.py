"""Bookings of spaces, and the claims that prevent double bookings."""
