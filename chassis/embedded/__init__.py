"""The default servers for one machine: PostgreSQL from a wheel, and a message broker inside the process."""
