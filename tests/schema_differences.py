"""Whether a service's models and its migrated database agree."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData

from chassis.database import tables


def differences(metadata: MetaData, engine: Engine) -> list[Any]:
    """What models and database disagree on. The chassis's own tables and alembic's are left out."""
    with engine.connect() as connection:
        migration = MigrationContext.configure(connection, opts={"include_object": _is_ours, "compare_type": True})
        return list(compare_metadata(migration, metadata))


def _is_ours(obj: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    return not (type_ == "table" and reflected and (name in tables.metadata.tables or str(name).startswith("alembic")))
