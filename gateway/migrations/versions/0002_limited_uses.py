"""Counts for rate limits that all replicas share."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "limited_use",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("limited_use_expires", "limited_use", ["expires_at"])


def downgrade() -> None:
    op.drop_table("limited_use")
