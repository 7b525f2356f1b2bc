"""Spaces for admins: add, change, put out of use, and see beforehand which bookings no longer fit."""
