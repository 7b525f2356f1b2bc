"""Why staff booked beyond the rules that residents keep."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("booking", sa.Column("beyond_reason", sa.Text))
    op.add_column("booking", sa.Column("beyond_rules", sa.ARRAY(sa.Text)))


def downgrade() -> None:
    op.drop_column("booking", "beyond_rules")
    op.drop_column("booking", "beyond_reason")
