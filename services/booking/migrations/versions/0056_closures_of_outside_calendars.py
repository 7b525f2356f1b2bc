"""Closures that come from outside calendars know the entry of which they are."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.add_column("closure", sa.Column("outside_uid", sa.Text))


def downgrade() -> None:
    op.drop_column("closure", "outside_uid")
