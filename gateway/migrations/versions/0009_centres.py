"""What a centre tells its visitors: host names, filing numbers, privacy notice."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for column in (
        sa.Column("hosts", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
        sa.Column("icp_filing", sa.Text),
        sa.Column("police_filing", sa.Text),
        sa.Column("privacy_notice", JSONB),
        sa.Column("privacy_version", sa.Integer, nullable=False, server_default=sa.text("0")),
    ):
        op.add_column("community", column)


def downgrade() -> None:
    for name in ("privacy_version", "privacy_notice", "police_filing", "icp_filing", "hosts"):
        op.drop_column("community", name)
