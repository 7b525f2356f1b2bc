"""Requests and answers of the API about accounts: signing in, your own account, staff, residents."""
