"""Indico in the race: its own database server, its own Redis, and processes that use its room booking as its controllers do.
`make .venv-race/ready` installs it into an environment of its own."""
