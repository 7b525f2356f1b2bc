"""Which messages of other services lead to which notifications."""
