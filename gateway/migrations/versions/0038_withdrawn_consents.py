"""Consents that were withdrawn. A withdrawal moves its rows here, so the previous release does not see them as given."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "withdrawn_consent",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("notice_community", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Uuid()),
        sa.Column("agreed_at", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=False),
        sa.Column("withdrawal_recorded_by", sa.Uuid()),
        sa.ForeignKeyConstraint(["notice_community", "version"], ["privacy_notice.community_id", "privacy_notice.version"]),
        sa.CheckConstraint("given_by IN ('self', 'guardian')", name="withdrawn_consent_given_by"),
        sa.CheckConstraint("withdrawn_at >= agreed_at", name="withdrawn_consent_times"),
    )
    op.create_index("withdrawn_consent_account", "withdrawn_consent", ["account_id"])


def downgrade() -> None:
    op.drop_table("withdrawn_consent")
