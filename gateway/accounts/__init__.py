"""Accounts of the district: who may sign in, how they prove it, and what they may do."""
