"""Accounts that the gateway has merged."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "merged_account",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("into", sa.Uuid(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("merged_account_at", "merged_account", ["merged_at"])


def downgrade() -> None:
    op.drop_table("merged_account")
