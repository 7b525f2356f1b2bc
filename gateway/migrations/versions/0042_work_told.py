"""When services last heard of the work of a member of staff. Empty for all of before, so that they are announced once."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.add_column("account", sa.Column("work_told_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("account", "work_told_at")
