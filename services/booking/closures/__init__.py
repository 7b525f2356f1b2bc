"""Closures: which bookings are in the way, where they could move, and the one transaction that closes, moves and cancels."""
