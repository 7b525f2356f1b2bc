"""The parts that every HTTP request passes: credentials, CSRF, limits, idempotency, problems, headers, logs."""
