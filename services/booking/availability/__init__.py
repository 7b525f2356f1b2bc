"""When spaces are free, and why they are not."""
