"""Copies of the gateway's substitutions."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0008"
down_revision = "notify_0007"


def upgrade() -> None:
    op.create_table(
        "substitution",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("substitution_of_account", "substitution", ["account_id", "ends_at"])
    op.create_index("substitution_ends", "substitution", ["ends_at"])


def downgrade() -> None:
    op.drop_table("substitution")
