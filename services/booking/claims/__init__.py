"""Times of spaces that other services ask for: all of them or none, by messages."""
