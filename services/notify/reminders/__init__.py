"""Reminders of bookings and of sessions: kept from the messages of other services, sent when they are due."""
