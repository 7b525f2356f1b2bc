"""The rule on phones holds for old accounts too."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("ALTER TABLE account VALIDATE CONSTRAINT account_phone_check")


def downgrade() -> None:
    pass
