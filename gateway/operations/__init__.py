"""What the API and the pages both offer, beyond one call to a service: sign-in, reports with photos, names for staff.

Each function adds what belongs to an HTTP request (limits, Idempotency-Key, calls as the acting account) to plain functions
of gateway.accounts and gateway.photos. They work inside a Flask request only.
"""
