"""What every HTTP request passes: credentials, CSRF, limits, idempotency, problems, headers, logs."""
