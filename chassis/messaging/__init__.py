"""Messages between services: contracts, outbox, relay, publishers, subscriptions, inbox, retries and dead letters."""
