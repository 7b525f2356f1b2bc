"""Copies of staff: who can still settle cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("roles", ARRAY(sa.Text), nullable=False),
        sa.Column("communities", ARRAY(sa.Text)),
        sa.Column("changed_by", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("staff")
