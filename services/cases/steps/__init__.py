"""The steps of a case after it was reported."""
