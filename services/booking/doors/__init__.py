"""The display beside a door, check-in with its code, and bookings of people who walk in."""
