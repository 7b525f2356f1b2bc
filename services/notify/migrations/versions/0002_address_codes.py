"""Codes that prove an e-mail address."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0002"
down_revision = "notify_0001"


def upgrade() -> None:
    op.create_table(
        "address_code",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("contact_point_id", sa.Uuid, sa.ForeignKey("contact_point.id", ondelete="CASCADE"), nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("tries_left", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("address_code_contact_point", "address_code", ["contact_point_id"])
    op.create_index("address_code_expires", "address_code", ["expires_at"])


def downgrade() -> None:
    op.drop_table("address_code")
