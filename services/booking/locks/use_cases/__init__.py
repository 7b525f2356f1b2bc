"""Locks for admins, and door codes for residents and the desk."""
