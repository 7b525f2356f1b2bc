"""Residents say why a no-show is none of theirs, and the desk answers."""
