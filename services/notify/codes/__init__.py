"""One-time codes: how many may be sent, and those for signing in."""
