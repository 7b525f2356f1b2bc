"""Staff accounts: lists for staff who assign work; creation and changes by an admin."""
