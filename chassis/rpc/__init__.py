"""Calls between the gateway and the services: identity, context, refusals, idempotency."""
