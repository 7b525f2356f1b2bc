"""Databases: engine, migrations, the chassis's tables, pagination, and encryption of personal fields."""
