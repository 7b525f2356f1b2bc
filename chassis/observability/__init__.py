"""Logs, traces, metrics, health checks and the side port."""
