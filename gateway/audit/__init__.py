"""The audit log: what admins and operators changed, from what to what. It knows nothing of Flask."""
