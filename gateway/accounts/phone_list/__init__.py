"""The phones of a resident: those with which they sign in, and those of others under which they can be reached.

`account.phone` and `account.contact_phone` are the main ones; `resident_phone` has all. A trigger keeps them equal.
"""
