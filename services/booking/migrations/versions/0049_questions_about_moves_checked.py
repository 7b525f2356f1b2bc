"""The rows that are there are checked, in a transaction of its own: it locks out nobody."""

from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.execute("ALTER TABLE date_question VALIDATE CONSTRAINT date_question_state")
    op.execute("ALTER TABLE date_question VALIDATE CONSTRAINT date_question_moved")


def downgrade() -> None:
    pass
