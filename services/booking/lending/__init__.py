"""Equipment that staff hand out and take back, and telling residents what became of theirs."""
