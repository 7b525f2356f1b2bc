"""Questions whether a date of a series is still needed; without an answer its time is free again (ADR 0076)."""
