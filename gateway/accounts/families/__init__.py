"""Households, and children with their guardians."""
