"""The cancel deadlines that are there are checked, in a transaction of its own: it locks out nobody."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.execute("ALTER TABLE space VALIDATE CONSTRAINT space_cancel_notice")


def downgrade() -> None:
    pass
