"""Counters with a ticket queue. New tables only: the last release does not know them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032"
down_revision = "0031"

_TIME = sa.DateTime(timezone=True)
_OPEN = "state IN ('waiting', 'called', 'serving', 'skipped')"


def upgrade() -> None:
    _queues()
    _tickets()


def _queues() -> None:
    op.create_table(
        "ticket_queue",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), nullable=False),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("wall_key", sa.Text, nullable=False),
        sa.Column("early_minutes", sa.Integer, nullable=False),
        sa.Column("grace_minutes", sa.Integer, nullable=False),
        sa.Column("most_waiting", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.UniqueConstraint("space_id", name="ticket_queue_of_space"),
        sa.UniqueConstraint("wall_key", name="ticket_queue_wall"),
        sa.CheckConstraint("early_minutes BETWEEN 0 AND 240 AND grace_minutes BETWEEN 0 AND 120", name="ticket_queue_minutes"),
        sa.CheckConstraint("most_waiting BETWEEN 1 AND 2000", name="ticket_queue_most"),
    )
    op.create_index("ticket_queue_of_community", "ticket_queue", ["community_id", "id"])
    op.create_table(
        "counter_service",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("queue_id", sa.Uuid, sa.ForeignKey("ticket_queue.id", ondelete="CASCADE"), nullable=False),
        sa.Column("letter", sa.Text, nullable=False),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("default_minutes", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.UniqueConstraint("queue_id", "letter", name="counter_service_letter"),
        sa.CheckConstraint("letter ~ '^[A-Z]$'", name="counter_service_one_letter"),
        sa.CheckConstraint("default_minutes BETWEEN 1 AND 240", name="counter_service_minutes"),
    )
    op.create_table(
        "counter_window",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("queue_id", sa.Uuid, sa.ForeignKey("ticket_queue.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("letters", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("clerk_id", sa.Uuid),
        sa.Column("opened_at", _TIME),
        sa.UniqueConstraint("queue_id", "number", name="counter_window_number"),
        sa.CheckConstraint("number BETWEEN 1 AND 99", name="counter_window_number_small"),
        sa.CheckConstraint("cardinality(letters) BETWEEN 1 AND 26", name="counter_window_serves"),
        sa.CheckConstraint("(clerk_id IS NULL) = (opened_at IS NULL)", name="counter_window_opened_by"),
        sa.CheckConstraint("active OR clerk_id IS NULL", name="counter_window_closed_if_unused"),
    )
    op.create_index(
        "counter_window_of_clerk",
        "counter_window",
        ["clerk_id"],
        unique=True,
        postgresql_where=sa.text("clerk_id IS NOT NULL"),
    )
    op.create_table(
        "queue_day",
        sa.Column("queue_id", sa.Uuid, sa.ForeignKey("ticket_queue.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("closes_at", _TIME),
        sa.Column("closed_at", _TIME),
    )
    op.create_index("queue_day_not_over", "queue_day", ["day"], postgresql_where=sa.text("closed_at IS NULL"))
    op.create_index("queue_day_by_day", "queue_day", ["day"])
    op.create_table(
        "ticket_number",
        sa.Column("service_id", sa.Uuid, sa.ForeignKey("counter_service.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("appointment_last", sa.Boolean, nullable=False),
    )
    op.create_index("ticket_number_by_day", "ticket_number", ["day"])


def _tickets() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("queue_id", sa.Uuid, sa.ForeignKey("ticket_queue.id"), nullable=False),
        sa.Column("service_id", sa.Uuid, sa.ForeignKey("counter_service.id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("letter", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("taken_at", _TIME, nullable=False),
        sa.Column("resident_id", sa.Uuid),
        sa.Column("visitor", sa.Text),
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id")),
        sa.Column("due_at", _TIME),
        sa.Column("on_time", sa.Boolean, nullable=False),
        sa.Column("came_back", sa.Boolean, nullable=False),
        sa.Column("window_id", sa.Uuid, sa.ForeignKey("counter_window.id")),
        sa.Column("skips", sa.Integer, nullable=False),
        sa.Column("skipped_at", _TIME),
        sa.Column("returns_after", sa.Integer),
        sa.Column("near_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("left_because", sa.Text),
        sa.UniqueConstraint("queue_id", "day", "letter", "number", name="ticket_number_once"),
        sa.UniqueConstraint("secret", name="ticket_secret"),
        sa.CheckConstraint("number > 0", name="ticket_number_positive"),
        sa.CheckConstraint(f"({_OPEN}) = (ended_at IS NULL)", name="ticket_ended"),
        sa.CheckConstraint("(state = 'left') = (left_because IS NOT NULL)", name="ticket_left"),
        sa.CheckConstraint("state NOT IN ('called', 'serving') OR window_id IS NOT NULL", name="ticket_called_to"),
        sa.CheckConstraint("NOT on_time OR due_at IS NOT NULL", name="ticket_on_time"),
        sa.CheckConstraint("state IN ('waiting', 'called', 'serving', 'skipped', 'done', 'left')", name="ticket_state"),
        sa.CheckConstraint("via IN ('desk', 'phone', 'account')", name="ticket_via"),
        sa.CheckConstraint("left_because IN ('gave_up', 'missed', 'closed')", name="ticket_left_because"),
    )

    def index(name: str, columns: list[str], where: str | None = None, *, unique: bool = False) -> None:
        op.create_index(name, "ticket", columns, unique=unique, postgresql_where=None if where is None else sa.text(where))

    index("ticket_at_window", ["window_id"], "state IN ('called', 'serving')", unique=True)
    index("ticket_open", ["queue_id", "day", "service_id", "taken_at"], _OPEN)
    index("ticket_of_visitor", ["queue_id", "visitor"], f"{_OPEN} AND visitor IS NOT NULL", unique=True)
    index("ticket_of_resident", ["resident_id", "queue_id"], f"{_OPEN} AND resident_id IS NOT NULL", unique=True)
    index("ticket_of_account", ["resident_id"], "resident_id IS NOT NULL")
    index("ticket_of_booking", ["booking_id"], "booking_id IS NOT NULL", unique=True)
    index("ticket_by_day", ["community_id", "queue_id", "day"])
    index("ticket_by_time", ["taken_at"])
    op.create_table(
        "ticket_call",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("ticket_id", sa.Uuid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False),
        sa.Column("queue_id", sa.Uuid, nullable=False),
        sa.Column("service_id", sa.Uuid, nullable=False),
        sa.Column("window_id", sa.Uuid, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("first", sa.Boolean, nullable=False),
        sa.Column("called_at", _TIME, nullable=False),
        sa.Column("last_called_at", _TIME, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("outcome", sa.Text),
        sa.CheckConstraint("outcome IN ('done', 'skipped', 'transferred', 'returned', 'left')", name="ticket_call_outcome"),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ticket_call_ended"),
    )
    going_on = sa.text("ended_at IS NULL")
    op.create_index("ticket_call_of_ticket", "ticket_call", ["ticket_id"], unique=True, postgresql_where=going_on)
    op.create_index("ticket_call_at_window", "ticket_call", ["window_id"], unique=True, postgresql_where=going_on)
    op.create_index("ticket_call_by_ticket", "ticket_call", ["ticket_id"])
    op.create_index("ticket_call_by_day", "ticket_call", ["queue_id", "day", "last_called_at"])


def downgrade() -> None:
    for table in ("ticket_call", "ticket", "ticket_number", "queue_day", "counter_window", "counter_service", "ticket_queue"):
        op.drop_table(table)
