"""A service with nothing in it but the chassis: what the chassis promises is tested on it."""
