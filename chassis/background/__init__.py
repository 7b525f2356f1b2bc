"""Background work in every replica: loops, periodic methods, and the deletion of old rows."""
