"""The default for one machine: PostgreSQL from a wheel and messages inside the process."""
