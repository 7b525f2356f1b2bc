"""What follows from not coming, by community: points that fade, and what those who have too many may still book."""
