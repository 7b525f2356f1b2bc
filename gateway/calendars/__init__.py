"""Calendar files (RFC 5545) of bookings, registrations and club events, and the secret addresses from which a calendar program
reads those of one person."""
