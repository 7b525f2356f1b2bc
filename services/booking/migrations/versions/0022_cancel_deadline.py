"""Until when residents cancel or move by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("space", sa.Column("cancel_notice_minutes", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "ALTER TABLE space ADD CONSTRAINT space_cancel_notice CHECK (cancel_notice_minutes BETWEEN 0 AND 43200) NOT VALID"
    )


def downgrade() -> None:
    op.drop_constraint("space_cancel_notice", "space")
    op.drop_column("space", "cancel_notice_minutes")
