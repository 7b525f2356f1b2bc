"""What citizens bring to the centre, and how it is settled."""
