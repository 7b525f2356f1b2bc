"""The new index is the constraint from now on. It keeps the name, because the last release uses it."""

from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.execute("ALTER TABLE date_question DROP CONSTRAINT date_question_asked_once")
    op.execute("ALTER TABLE date_question ADD CONSTRAINT date_question_asked_once UNIQUE USING INDEX date_question_asked")


def downgrade() -> None:
    op.drop_constraint("date_question_asked_once", "date_question")
    op.execute("DELETE FROM date_question WHERE closure_id IS NOT NULL")
    op.create_unique_constraint("date_question_asked_once", "date_question", ["booking_id", "starts_at"])
