"""People of WeChat, and the accounts to which they sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "wechat_link",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("unionid", sa.Text()),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("wechat_link_openid_key", "wechat_link", ["app_id", "openid"], unique=True)
    op.create_index("wechat_link_account_key", "wechat_link", ["account_id", "app_id"], unique=True)
    op.create_index("wechat_link_unionid", "wechat_link", ["unionid"], postgresql_where=sa.text("unionid IS NOT NULL"))


def downgrade() -> None:
    op.drop_table("wechat_link")
