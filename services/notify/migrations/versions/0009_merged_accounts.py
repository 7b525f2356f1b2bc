"""Accounts that the gateway has merged; phones of relatives; guardians."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0009"
down_revision = "notify_0008"


def upgrade() -> None:
    op.create_table(
        "merged_account",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("into", sa.Uuid(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("merged_account_at", "merged_account", ["merged_at"])
    op.add_column("contact_point", sa.Column("through", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("contact_point", sa.Column("name", sa.LargeBinary))
    op.create_table(
        "guardian",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("guardian_id", sa.Uuid(), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("guardian_of_children", "guardian", ["guardian_id"])


def downgrade() -> None:
    op.drop_table("guardian")
    op.drop_column("contact_point", "name")
    op.drop_column("contact_point", "through")
    op.drop_table("merged_account")
