"""The people who are notified, and the addresses where they can be reached."""
