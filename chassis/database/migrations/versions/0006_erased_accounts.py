"""The list of erased accounts (see chassis.database.erased)."""

import sqlalchemy as sa
from alembic import op

revision = "chassis_0006"
down_revision = "chassis_0005"


def upgrade() -> None:
    op.create_table(
        "erased_account",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("erased_account")
