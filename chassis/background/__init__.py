"""Work that runs beside calls in every replica: loops, periodic methods, deletion of old rows."""
