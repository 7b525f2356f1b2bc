"""The engine of a service's database, migrations, the chassis's own tables, pagination, encryption of personal fields."""
