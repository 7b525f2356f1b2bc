"""A copy of who administers which communities. The last release does not know the table."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0074"
down_revision = "0073"


def upgrade() -> None:
    op.create_table(
        "staff_admin",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("communities", ARRAY(sa.Text)),
        sa.Column("version", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("staff_admin")
