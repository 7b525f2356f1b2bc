"""A booking that was moved is asked about once for each closure, also at a start about which it was asked before."""

from chassis.database import concurrent_indexes

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    concurrent_indexes.create_index(
        "date_question_asked",
        "date_question",
        ["booking_id", "starts_at", "closure_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    concurrent_indexes.create_index("date_question_of_closure", "date_question", ["closure_id", "id"])


def downgrade() -> None:
    concurrent_indexes.drop_index("date_question_of_closure", "date_question")
    concurrent_indexes.drop_index("date_question_asked", "date_question")
