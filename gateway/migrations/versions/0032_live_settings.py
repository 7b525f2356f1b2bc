"""Settings that admins change while the district runs: a notice on every page, and what residents may do by themselves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "live_setting",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("notice", JSONB),
        sa.Column("notice_until", sa.DateTime(timezone=True)),
        sa.Column("sign_up", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("unnamed_reports", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.CheckConstraint("notice IS NOT NULL OR notice_until IS NULL", name="live_setting_notice"),
    )


def downgrade() -> None:
    op.drop_table("live_setting")
