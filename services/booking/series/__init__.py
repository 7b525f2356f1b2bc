"""Series: bookings of one space that repeat by a rule, a booking for each date."""
