"""What is written at a counter is in the order in which it happened. The last release does not know the column."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    op.add_column("queue_day", sa.Column("last_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("queue_day", "last_at")
