"""The departments of staff, so that those are told of a case who may settle it. The gateway announces all staff once."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("staff", sa.Column("departments", sa.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")))


def downgrade() -> None:
    op.drop_column("staff", "departments")
