"""Why somebody was refused, and what stands in the way of a booking now."""
