"""Run with the code of the last release: what its models miss in databases, and what they cannot fill.

Arguments: service=url. Prints a JSON object: service → list of sentences.
"""

import json
import sys
from importlib import import_module

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine

from chassis import service_registry
from chassis.database import tables


def metadata_of(service):
    service_registry.class_of(service)  # imports all models
    package = service_registry.package_of(service)
    base = next(name for name in (f"{package}.base", f"{package}.database") if name in sys.modules)
    together = MetaData()
    for source in (import_module(base).Base.metadata, tables.metadata):
        for table in source.tables.values():
            table.to_metadata(together)
    return together


def missed(service, url):
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_no_index})
        for change in compare_metadata(context, metadata_of(service)):
            for operation in change if isinstance(change, list) else [change]:
                yield from _sentences(*operation)


def _is_no_index(_obj, _name, type_, _reflected, _compare_to):
    return type_ in ("table", "column")


def _sentences(operation, *about):
    """`operation` is what alembic would do to make the database equal to the models."""
    if operation == "add_table":
        yield f"the table {about[0].name} is gone"
    elif operation == "add_column":
        yield f"the column {about[1]}.{about[2].name} is gone"
    elif operation == "remove_column":
        column = about[2]
        if not (column.nullable or column.server_default or column.identity or column.computed):
            yield f"the column {about[1]}.{column.name} is new, NOT NULL, and has no default"
    elif operation == "modify_type":
        yield f"the type of {about[1]}.{about[2]} changed from {about[5]!r} to {about[4]!r}"
    elif operation == "modify_nullable" and not about[4]:
        yield f"the column {about[1]}.{about[2]} became NOT NULL"


if __name__ == "__main__":
    pairs = (argument.split("=", 1) for argument in sys.argv[1:])
    print(json.dumps({service: sorted(missed(service, url)) for service, url in pairs}))
