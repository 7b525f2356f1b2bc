"""Equipment for admins: kinds, units, and what a change hits."""
