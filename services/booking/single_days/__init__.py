"""Holidays, worked weekends and hours of single days: what admins decide, and the bookings that no longer fit."""
