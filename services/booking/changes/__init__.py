"""Who changed what in spaces, hours, closures and holidays. It knows nothing of them."""
