"""Notifications: the table, the texts, the in-app inbox, and what is published about them."""
