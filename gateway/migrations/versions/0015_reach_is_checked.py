"""Rows from before are checked too. Here and not in the migration before, so that nothing is locked meanwhile."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    for name in ("account_communities_check", "account_whole_district_check"):
        op.execute(f"ALTER TABLE account VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    pass
