"""When spaces are free, and the reason when they are not."""
