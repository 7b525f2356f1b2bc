"""Word lists. Requests, answers and tables share them."""

SECTIONS = ("convenience", "neighbour", "smart", "elders")
KINDS = ("room", "court", "counter")
STATES = ("confirmed", "cancelled")
# Why a time is not free, in the answers about availability.
BUSY_REASONS = ("booked", "buffer", "closed", "holiday", "blocked", "past")
# What a caller may do with a booking.
BOOKING_STEPS = ("cancel", "move")
