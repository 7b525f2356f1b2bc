"""Spaces, bookings, and claims that cannot overlap."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "community",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("time_zone", sa.Text, nullable=False),
    )
    op.create_table(
        "calendar_day",
        sa.Column("community_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("weekday", sa.SmallInteger),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('holiday', 'workday')", name="calendar_day_kind"),
        sa.CheckConstraint(
            "(kind = 'workday') = (weekday IS NOT NULL) AND weekday BETWEEN 1 AND 7", name="calendar_day_weekday"
        ),
    )
    _create_spaces()
    _create_bookings()


def _create_spaces() -> None:
    op.create_table(
        "space",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("description", JSONB),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("divisible", sa.Boolean, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("location", JSONB),
        sa.Column("equipment", JSONB, nullable=False),
        sa.Column("opening_hours", JSONB, nullable=False),
        sa.Column("holiday_hours", JSONB, nullable=False),
        sa.Column("slot_minutes", sa.Integer, nullable=False),
        sa.Column("min_minutes", sa.Integer, nullable=False),
        sa.Column("max_minutes", sa.Integer, nullable=False),
        sa.Column("min_notice_minutes", sa.Integer, nullable=False),
        sa.Column("horizon_days", sa.Integer, nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer, nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer, nullable=False),
        sa.Column(
            "parent_divisible",
            sa.Boolean,
            sa.Computed("CASE WHEN parent_id IS NULL THEN NULL::boolean ELSE true END", persisted=True),
        ),
        sa.UniqueConstraint("community_id", "code", name="space_code_key"),
        sa.UniqueConstraint("id", "divisible", name="space_divisible_key"),
        sa.ForeignKeyConstraint(
            ["parent_id", "parent_divisible"], ["space.id", "space.divisible"], name="space_part_of_divisible"
        ),
        sa.CheckConstraint("NOT (divisible AND parent_id IS NOT NULL)", name="space_divided_once"),
        sa.CheckConstraint("kind IN ('room', 'court', 'counter')", name="space_kind"),
        sa.CheckConstraint("section IN ('convenience', 'neighbour', 'smart', 'elders')", name="space_section"),
        sa.CheckConstraint("capacity > 0", name="space_capacity"),
        sa.CheckConstraint("slot_minutes > 0 AND 1440 % slot_minutes = 0", name="space_slot_divides_day"),
        sa.CheckConstraint("min_minutes BETWEEN 1 AND max_minutes AND max_minutes <= 10080", name="space_lengths"),
        sa.CheckConstraint("max_minutes / slot_minutes * slot_minutes >= min_minutes", name="space_some_length_on_grid"),
        sa.CheckConstraint(
            "min_notice_minutes >= 0 AND horizon_days >= 0 AND buffer_before_minutes >= 0 AND buffer_after_minutes >= 0",
            name="space_not_negative",
        ),
    )
    op.create_index("space_parts", "space", ["parent_id"])
    op.create_table(
        "space_exception",
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("hours", JSONB, nullable=False),
        sa.Column("note", JSONB),
    )


def _create_bookings() -> None:
    op.create_table(
        "booking",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), nullable=False),
        sa.Column("resident_id", sa.Uuid, nullable=False),
        sa.Column("booked_by", sa.Uuid, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attendees", sa.Integer, nullable=False),
        sa.Column("purpose", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_by", sa.Text),
        sa.Column("cancel_reason", sa.Text),
        sa.CheckConstraint("ends_at > starts_at", name="booking_ends_after_start"),
        sa.CheckConstraint("state IN ('confirmed', 'cancelled')", name="booking_state"),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="booking_cancelled_at"),
    )
    op.create_index("booking_of_resident", "booking", ["resident_id", "starts_at", "id"])
    op.create_index("booking_of_space", "booking", ["space_id", "starts_at", "id"])
    op.create_index("booking_by_time", "booking", ["community_id", "starts_at", "id"])
    op.create_index(
        "booking_cancelled", "booking", ["community_id", "starts_at", "id"], postgresql_where=sa.text("state = 'cancelled'")
    )
    op.create_table(
        "claim",
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id"), primary_key=True),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("blocked", TSTZRANGE, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        ExcludeConstraint(
            (sa.column("space_id"), "="),
            (sa.column("blocked"), "&&"),
            (sa.column("community_id"), "="),
            name="claim_no_double_booking",
            using="gist",
            where=sa.text("active"),
        ),
        sa.CheckConstraint("NOT isempty(blocked) AND NOT lower_inf(blocked) AND NOT upper_inf(blocked)", name="claim_bounded"),
    )


def downgrade() -> None:
    for table in ("claim", "booking", "space_exception", "space", "calendar_day", "community"):
        op.drop_table(table)
