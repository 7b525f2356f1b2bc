"""Bookings: the spaces of a centre, when they are open, and who has claimed them when."""
