"""Club events and their sessions."""
