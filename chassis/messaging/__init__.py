"""Messages between services: outbox, relay, publishing, subscriptions, inbox, retries, dead letters, contracts."""
