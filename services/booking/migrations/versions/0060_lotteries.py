"""Lotteries, their times, entries and wins. Triggers renew the calendar's revision with the times: once for each statement,
because a lottery has hundreds of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0060"
down_revision = "0059"

TABLES = ("lottery_win", "lottery_entry", "lottery_time", "lottery")
OF_EVENT = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _create_lotteries()
    _create_times()
    _create_entries()
    _create_wins()
    op.execute(
        """
        CREATE FUNCTION revise_calendar_of_times() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            UPDATE calendar_revision SET revision = gen_random_uuid()
            WHERE community_id IN (SELECT community_id FROM changed);
            RETURN NULL;
        END $$
        """
    )
    for event, rows in OF_EVENT.items():
        op.execute(
            f"""
            CREATE TRIGGER lottery_time_{event.lower()}_revises_calendar AFTER {event} ON lottery_time
            REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION revise_calendar_of_times()
            """
        )


def _create_lotteries() -> None:
    op.create_table(
        "lottery",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        _at("opens_at"),
        _at("closes_at"),
        _at("draws_at"),
        _at("first_starts_at"),
        _at("last_ends_at"),
        sa.Column("most_wins", sa.Integer, nullable=False),
        sa.Column("number_of_times", sa.Integer, nullable=False),
        sa.Column("left_out", sa.Integer, nullable=False),
        sa.Column("entered", sa.Integer, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("record", JSONB, nullable=False),
        _at("created_at"),
        sa.Column("created_by", sa.Uuid, nullable=False),
        _at("closed_at", nullable=True),
        sa.Column("closed_by", sa.Uuid),
        _at("drawn_at", nullable=True),
        sa.Column("drawn_by", sa.Uuid),
        _at("cancelled_at", nullable=True),
        sa.Column("cancelled_by", sa.Uuid),
        sa.Column("cancelled_because", sa.Text),
        sa.Column("note", sa.Text),
        sa.CheckConstraint("state IN ('open', 'closed', 'drawn', 'cancelled')", name="lottery_state"),
        sa.CheckConstraint("section IN ('convenience', 'neighbour', 'smart', 'elders')", name="lottery_section"),
        sa.CheckConstraint(
            "cancelled_because IN ('spaces_needed', 'few_entries', 'mistake', 'other')", name="lottery_cancelled_because"
        ),
        sa.CheckConstraint(
            "opens_at < closes_at AND closes_at <= draws_at AND draws_at < first_starts_at", name="lottery_order"
        ),
        sa.CheckConstraint("most_wins BETWEEN 1 AND 10 AND entered >= 0", name="lottery_numbers"),
        sa.CheckConstraint("(state IN ('closed', 'drawn')) <= (closed_at IS NOT NULL)", name="lottery_closed_at"),
        sa.CheckConstraint("(state = 'drawn') = (drawn_at IS NOT NULL)", name="lottery_drawn_at"),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="lottery_cancelled_at"),
    )
    op.create_index("lottery_to_close", "lottery", ["closes_at", "id"], postgresql_where=sa.text("state = 'open'"))
    op.create_index("lottery_to_draw", "lottery", ["draws_at", "id"], postgresql_where=sa.text("state = 'closed'"))
    op.create_index("lottery_of_community", "lottery", ["community_id", "closes_at", "id"])


def _create_times() -> None:
    op.create_table(
        "lottery_time",
        sa.Column("lottery_id", sa.Uuid, sa.ForeignKey("lottery.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), nullable=False),
        _at("starts_at"),
        _at("ends_at"),
        _at("blocks_from"),
        _at("blocks_until"),
        _at("draws_at"),
        sa.Column("reserved", sa.Boolean, nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="lottery_time_ends_after_start"),
        sa.CheckConstraint("blocks_from <= starts_at AND blocks_until >= ends_at", name="lottery_time_blocks"),
    )
    op.execute(
        """
        ALTER TABLE lottery_time ADD CONSTRAINT lottery_time_reserved_once
        EXCLUDE USING gist (space_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (reserved)
        """
    )


def _create_entries() -> None:
    op.create_table(
        "lottery_entry",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("lottery_id", sa.Uuid, sa.ForeignKey("lottery.id"), nullable=False),
        sa.Column("resident_id", sa.Uuid),
        sa.Column("household_id", sa.Uuid),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("entered_by", sa.Uuid, nullable=False),
        sa.Column("attendees", sa.Integer, nullable=False),
        sa.Column("wishes", ARRAY(sa.Integer), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("results", JSONB),
        _at("entered_at"),
        _at("settled_at", nullable=True),
        sa.CheckConstraint("state IN ('entered', 'withdrawn', 'won', 'lost', 'void')", name="lottery_entry_state"),
        sa.CheckConstraint("cardinality(wishes) BETWEEN 1 AND 10", name="lottery_entry_wishes"),
        sa.CheckConstraint("attendees > 0", name="lottery_entry_attendees"),
        sa.CheckConstraint("(state = 'entered') = (settled_at IS NULL)", name="lottery_entry_settled_at"),
        sa.UniqueConstraint("lottery_id", "number", name="lottery_entry_number"),
    )
    taking_part = sa.text("state <> 'withdrawn'")
    op.create_index(
        "lottery_entry_once", "lottery_entry", ["lottery_id", "subject_id"], unique=True, postgresql_where=taking_part
    )
    op.create_index("lottery_entry_of_resident", "lottery_entry", ["resident_id", "entered_at", "id"])
    op.create_index("lottery_entry_of_community", "lottery_entry", ["community_id", "entered_at", "id"])
    op.create_index(
        "lottery_entry_settled", "lottery_entry", ["settled_at"], postgresql_where=sa.text("settled_at IS NOT NULL")
    )


def _create_wins() -> None:
    op.create_table(
        "lottery_win",
        sa.Column("lottery_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("entry_id", sa.Uuid, sa.ForeignKey("lottery_entry.id", ondelete="CASCADE"), nullable=False),
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id"), nullable=False),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["lottery_id", "number"], ["lottery_time.lottery_id", "lottery_time.number"], name="lottery_win_of_time"
        ),
        sa.UniqueConstraint("booking_id", name="lottery_win_booking"),
    )
    op.create_index("lottery_win_of_entry", "lottery_win", ["entry_id"])


def downgrade() -> None:
    """What was won stays booked. What was not drawn yet can be booked by everybody."""
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION revise_calendar_of_times")
