"""The refusals of the gateway itself. Refusals of services are in their interfaces."""
