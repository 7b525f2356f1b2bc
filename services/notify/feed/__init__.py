"""The district feed: the messages of all services in one order, for other systems, for some days."""
