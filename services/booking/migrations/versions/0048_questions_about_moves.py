"""Questions whether the new time of a booking suits that a closure moved."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.add_column("date_question", sa.Column("closure_id", sa.Uuid))
    op.add_column("date_question", sa.Column("space_id", sa.Uuid))
    op.add_column("date_question", sa.Column("moved_from", JSONB))
    op.add_column("date_question", sa.Column("frees", sa.Boolean, nullable=False, server_default=sa.true()))
    op.drop_constraint("date_question_state", "date_question")
    # Checked in the next migration, without a lock that stops others.
    states = "'open', 'needed', 'not_needed', 'another', 'kept', 'no_answer', 'void'"
    op.create_check_constraint("date_question_state", "date_question", f"state IN ({states})", postgresql_not_valid=True)
    op.create_check_constraint("date_question_moved", "date_question", MOVED, postgresql_not_valid=True)


MOVED = "(closure_id IS NULL) = (moved_from IS NULL) AND (closure_id IS NULL) = (space_id IS NULL)"


def downgrade() -> None:
    op.execute("DELETE FROM date_question WHERE closure_id IS NOT NULL")
    op.drop_constraint("date_question_moved", "date_question")
    op.drop_constraint("date_question_state", "date_question")
    states = "'open', 'needed', 'not_needed', 'no_answer', 'void'"
    op.create_check_constraint("date_question_state", "date_question", f"state IN ({states})")
    for name in ("frees", "moved_from", "space_id", "closure_id"):
        op.drop_column("date_question", name)
