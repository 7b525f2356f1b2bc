"""Uploaded photos: sniffed, stripped, re-encoded, kept until a case needs them no more."""
