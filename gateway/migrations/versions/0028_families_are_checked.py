"""The rules on phones and households hold for old accounts too."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    for constraint in ("account_phone_check", "account_household_fkey"):
        op.execute(f"ALTER TABLE account VALIDATE CONSTRAINT {constraint}")


def downgrade() -> None:
    pass
