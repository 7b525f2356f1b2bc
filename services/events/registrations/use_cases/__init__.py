"""Register and cancel, and the changes of a club event that also change its registrations."""
