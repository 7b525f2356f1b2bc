"""See a door, check in there, walk in, and keep the keys of displays: one function per verb. None of them commits."""
