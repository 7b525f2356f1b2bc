"""Selects and locks of ticket queues."""
