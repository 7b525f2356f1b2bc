"""Holidays and worked weekends from 2004 to 2026. Rows that an operator entered before are not changed."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, insert

revision = "0002"
down_revision = "0001"

calendar_day = sa.table(
    "calendar_day",
    sa.column("community_id", sa.Text),
    sa.column("day", sa.Date),
    sa.column("kind", sa.Text),
    sa.column("weekday", sa.SmallInteger),
    sa.column("name", JSONB),
    sa.column("source", sa.Text),
)


DATA = Path(__file__).parents[1] / "statutory_days_2004_2026.json"


def upgrade() -> None:
    op.get_bind().execute(insert(calendar_day).on_conflict_do_nothing(), _rows())


def _rows() -> list[dict[str, Any]]:
    """The data is a file, so that this migration inserts the same rows with every release of chinesecalendar."""
    return [
        {
            "community_id": "*",
            "day": date.fromisoformat(day),
            "kind": group["kind"],
            "weekday": group["weekday"],
            "name": group["name"],
            "source": "State Council notice on public holidays, by PyPI chinesecalendar",
        }
        for group in json.loads(DATA.read_text(encoding="utf-8"))
        for day in group["days"]
    ]


def downgrade() -> None:
    op.execute("DELETE FROM calendar_day WHERE community_id = '*' AND day < '2027-01-01'")
