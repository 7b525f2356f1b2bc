"""The list of the next day's bookings for the staff of spaces, each evening, and its corrections until midnight."""
