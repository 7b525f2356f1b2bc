"""People who are reached through others: elders on a relative's phone, children through their guardians."""
