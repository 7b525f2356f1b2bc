"""See, make, move and cancel bookings: one function per verb. None of them commits."""
