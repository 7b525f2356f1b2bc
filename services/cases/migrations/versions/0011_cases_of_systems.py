"""A case can be reported by another system as itself."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("cases", sa.Column("system_id", sa.Uuid()))
    op.create_check_constraint(
        "cases_one_reporter", "cases", "system_id IS NULL OR reporter_id IS NULL", postgresql_not_valid=True
    )


def downgrade() -> None:
    op.drop_column("cases", "system_id")
