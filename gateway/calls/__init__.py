"""Calls from the gateway to the services, and the cache of public reads."""
