"""Registrations for sessions: seats, the queue for them, and promotion from the queue."""
