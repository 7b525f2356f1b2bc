"""Equipment: kinds, numbered units, and what bookings have of them. It knows bookings by their tables only."""
