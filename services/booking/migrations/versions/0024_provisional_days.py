"""Holidays that nobody has announced yet are marked, and a day can be declared a plain day. Days and hours of single days have
versions. Rows from before are checked in the next migration, so that nothing is locked meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("calendar_day", sa.Column("provisional", sa.Boolean, nullable=False, server_default=sa.text("false")))
    for table in ("calendar_day", "space_exception"):
        op.add_column(table, sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")))
    op.drop_constraint("calendar_day_kind", "calendar_day")
    op.create_check_constraint(
        "calendar_day_kind", "calendar_day", "kind IN ('holiday', 'workday', 'plain')", postgresql_not_valid=True
    )


def downgrade() -> None:
    """Days that were declared plain, and provisional ones, are lost."""
    op.execute("DELETE FROM calendar_day WHERE kind = 'plain' OR provisional")
    op.drop_constraint("calendar_day_kind", "calendar_day")
    op.create_check_constraint("calendar_day_kind", "calendar_day", "kind IN ('holiday', 'workday')")
    op.drop_column("space_exception", "version")
    op.drop_column("calendar_day", "version")
    op.drop_column("calendar_day", "provisional")
