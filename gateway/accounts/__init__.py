"""Accounts of the district: who may sign in, how they prove it, and what they may do.

This package knows no Flask and no request. Its functions take what they need: an `AccountCall` (one transaction), or
`Accounts` where a verb needs several transactions. `gateway.http.current.accounts()` builds it for a request.
"""
