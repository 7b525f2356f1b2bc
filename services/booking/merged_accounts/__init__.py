"""Accounts of residents that the gateway has merged: what belonged to the one belongs to the other."""
