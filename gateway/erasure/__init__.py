"""Erasing an account in all services, and the receipt. Plain functions, no Flask (docs/adr/0052)."""
