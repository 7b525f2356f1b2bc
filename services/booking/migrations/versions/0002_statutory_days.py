"""Holidays and worked weekends from 2004 to 2026. Rows that an operator entered before are not changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.booking.calendar.statutory_days import statutory_days

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


def upgrade() -> None:
    op.get_bind().execute(insert(calendar_day).on_conflict_do_nothing(), statutory_days(2004, 2026))


def downgrade() -> None:
    op.execute("DELETE FROM calendar_day WHERE community_id = '*' AND day < '2027-01-01'")
