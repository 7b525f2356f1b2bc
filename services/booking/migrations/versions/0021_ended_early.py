"""When a booking that was ended early was to end."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("booking", sa.Column("planned_ends_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("booking", "planned_ends_at")
