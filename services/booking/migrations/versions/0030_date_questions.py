"""Questions whether a date of a series is still needed, spaces that ask, series that are not asked, and since when a booking
has its time."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "date_question",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Text),
        sa.UniqueConstraint("booking_id", "starts_at", name="date_question_asked_once"),
        sa.CheckConstraint("state IN ('open', 'needed', 'not_needed', 'no_answer', 'void')", name="date_question_state"),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="date_question_settled"),
    )
    op.create_index("date_question_open", "date_question", ["answer_by", "id"], postgresql_where=sa.text("state = 'open'"))
    op.create_index("date_question_of_community", "date_question", ["community_id", "answer_by", "id"])
    op.add_column("space", sa.Column("ask_from_dates", sa.Integer, nullable=False, server_default="0"))
    op.add_column("booking", sa.Column("moved_at", sa.DateTime(timezone=True)))
    op.add_column("booking", sa.Column("unneeded", sa.Text))
    op.add_column("series", sa.Column("not_asked", sa.Text))
    op.add_column("series", sa.Column("not_asked_reason", sa.Text))
    op.add_column("series", sa.Column("not_asked_by", sa.Uuid))
    op.add_column("series", sa.Column("not_asked_at", sa.DateTime(timezone=True)))
    for table, name, condition in CHECKS:
        op.create_check_constraint(name, table, condition, postgresql_not_valid=True)


# Checked in migration 0031, without a lock that stops others.
CHECKS = (
    ("space", "space_ask_from_dates", "ask_from_dates BETWEEN 0 AND 366"),
    ("booking", "booking_unneeded", "unneeded IN ('not_needed', 'no_answer')"),
    ("series", "series_not_asked", "not_asked IN ('exempt', 'all_needed')"),
    ("series", "series_not_asked_since", "(not_asked IS NULL) = (not_asked_at IS NULL)"),
)


def downgrade() -> None:
    for table, name, _ in CHECKS:
        op.drop_constraint(name, table)
    for name in ("not_asked_at", "not_asked_by", "not_asked_reason", "not_asked"):
        op.drop_column("series", name)
    op.drop_column("booking", "unneeded")
    op.drop_column("booking", "moved_at")
    op.drop_column("space", "ask_from_dates")
    op.drop_table("date_question")
