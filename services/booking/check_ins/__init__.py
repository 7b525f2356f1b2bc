"""Check-in, no-shows, and taking a no-show back."""
