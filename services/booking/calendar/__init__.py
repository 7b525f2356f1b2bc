"""Opening hours, time zones, holidays, and exceptions for single days."""
