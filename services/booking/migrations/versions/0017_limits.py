"""Limits of bookings and their history, and the household of a booking.

A changed limit renews the calendar's revision, as a changed space does. So what is cached of limits is never relied on when a
limit has changed.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "booking_limit",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("section", sa.Text),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id")),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("days", sa.Integer),
        sa.Column("allowed", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("subject IN ('resident', 'household')", name="booking_limit_subject"),
        sa.CheckConstraint("kind IN ('room', 'court', 'counter')", name="booking_limit_kind"),
        sa.CheckConstraint("section IN ('convenience', 'neighbour', 'smart', 'elders')", name="booking_limit_section"),
        sa.CheckConstraint("measure IN ('count', 'minutes')", name="booking_limit_measure"),
        sa.CheckConstraint("period IN ('day', 'week', 'month', 'trailing', 'future', 'at_once')", name="booking_limit_period"),
        sa.CheckConstraint("num_nonnulls(kind, section, space_id) <= 1", name="booking_limit_one_place"),
        sa.CheckConstraint("(period = 'trailing') = (days IS NOT NULL) AND days BETWEEN 1 AND 366", name="booking_limit_days"),
        sa.CheckConstraint("period <> 'at_once' OR measure = 'count'", name="booking_limit_counts_at_once"),
        sa.CheckConstraint("allowed > 0", name="booking_limit_allows_some"),
    )
    op.create_index(
        "booking_limit_in_force",
        "booking_limit",
        ["community_id", "subject", "kind", "section", "space_id", "measure", "period", "days"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("booking_limit_of_space", "booking_limit", ["space_id"])
    op.create_table(
        "booking_limit_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("limit_id", sa.Uuid, sa.ForeignKey("booking_limit.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB, nullable=False),
        sa.UniqueConstraint("limit_id", "version", name="booking_limit_change_version"),
        sa.CheckConstraint("action IN ('created', 'changed', 'ended')", name="booking_limit_change_action"),
    )
    op.execute(
        """
        CREATE TRIGGER booking_limit_revises_calendar AFTER INSERT OR UPDATE OR DELETE ON booking_limit
        FOR EACH ROW EXECUTE FUNCTION revise_calendar('community_id')
        """
    )
    op.execute(
        """
        CREATE TRIGGER booking_limit_emptied_revises_calendar AFTER TRUNCATE ON booking_limit
        FOR EACH STATEMENT EXECUTE FUNCTION revise_calendar('community_id')
        """
    )
    op.add_column("booking", sa.Column("household_id", sa.Uuid))


def downgrade() -> None:
    op.drop_column("booking", "household_id")
    op.drop_table("booking_limit_change")
    op.drop_table("booking_limit")
