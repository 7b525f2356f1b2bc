"""Why staff moved or cancelled a booking, from a short list."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("booking", sa.Column("staff_reason", sa.Text))


def downgrade() -> None:
    op.drop_column("booking", "staff_reason")
