"""The spaces of a centre, their opening hours, and bookings of them."""
