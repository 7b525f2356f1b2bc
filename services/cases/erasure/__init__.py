"""What happens to the rows of an account that was erased."""
