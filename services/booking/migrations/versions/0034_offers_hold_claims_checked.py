"""The kinds of holders of claims from before are checked too."""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.execute("ALTER TABLE claim VALIDATE CONSTRAINT claim_holder_kind")


def downgrade() -> None:
    pass
