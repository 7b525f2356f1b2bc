"""Accounts of the district: who may sign in, how they prove their identity, and what they may do.

This package knows nothing of Flask and of requests. Its functions take an `AccountCall` (one transaction), or `Accounts` if
they need several transactions. `gateway.http.current.accounts()` builds `Accounts` for a request.
"""
