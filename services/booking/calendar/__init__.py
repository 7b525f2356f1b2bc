"""Opening hours, local days, statutory days and exceptions."""
