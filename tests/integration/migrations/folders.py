"""Folders with migrations for a test."""

from pathlib import Path

ENV = "from chassis.database.migrate import run_env\n\nrun_env()\n"
HEAD = """
import sqlalchemy as sa
from alembic import op
from chassis.database import concurrent_indexes

revision = "{number}"
down_revision = {before}


def upgrade():
    {upgrade}
"""


def folder_of(folder: Path, *upgrades: str) -> list[tuple[str, str]]:
    """What `apply` takes: migrations 0001, 0002, … whose function `upgrade` is the given line."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    for number, upgrade in enumerate(upgrades, start=1):
        before = repr(f"{number - 1:04}") if number > 1 else None
        source = HEAD.format(number=f"{number:04}", before=before, upgrade=upgrade)
        (folder / "versions" / f"{number:04}_step.py").write_text(source)
    return [(str(folder), "alembic_version")]
