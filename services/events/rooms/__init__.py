"""The rooms of club events: what is asked of booking, and what it answered."""
