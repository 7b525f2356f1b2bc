"""Words that requests, answers and tables share."""

SECTIONS = ("convenience", "neighbour", "smart", "elders")
KINDS = ("room", "court", "counter")
STATES = ("confirmed", "cancelled")
# Why a time is not free, as availability tells it.
BUSY_REASONS = ("booked", "buffer", "closed", "holiday", "blocked", "past")
# What a person may do with a booking.
BOOKING_STEPS = ("cancel", "move")
