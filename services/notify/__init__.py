"""Notifications: who is told what, in which language, and through which channel."""
