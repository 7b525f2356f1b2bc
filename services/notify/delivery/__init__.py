"""Sending notifications by e-mail and SMS: the queue in PostgreSQL, the sender, and the channels."""
