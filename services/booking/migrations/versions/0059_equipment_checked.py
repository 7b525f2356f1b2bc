"""The kinds of holders and of changes from before are checked too. Here and not in the migration before, so that nothing is
locked meanwhile."""

from alembic import op

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.execute("ALTER TABLE claim VALIDATE CONSTRAINT claim_holder_kind")
    op.execute("ALTER TABLE calendar_change VALIDATE CONSTRAINT calendar_change_kind")


def downgrade() -> None:
    pass
