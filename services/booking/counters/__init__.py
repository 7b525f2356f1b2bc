"""Counters with a live ticket queue: services, windows, tickets and calls."""
