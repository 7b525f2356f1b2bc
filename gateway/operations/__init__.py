"""Functions that both the API and the pages use, and that are more than one call of a service: sign-in, reports with photos,
names for staff.

They add the parts of an HTTP request (limits, Idempotency-Key, calls as the acting account) to the plain functions of
gateway.accounts and gateway.photos. They work only inside a Flask request.
"""
