"""Ask for a place in line, see and give it up, answer an offer: one function per verb. None of them commits."""
