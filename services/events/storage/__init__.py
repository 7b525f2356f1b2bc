"""Selects and locks. The order of locks is always club event → session → registrations, so nobody waits in a circle."""
