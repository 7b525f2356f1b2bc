"""Waits for times that are taken, offers of freed times, and the times that were freed. Triggers note what is freed, in the
transaction that frees it, whichever way: so no use case can forget it, also none of the last release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSTZRANGE

revision = "0033"
down_revision = "0032"

KINDS = "'booking', 'session', 'mediation'"


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _create_waits()
    _create_offers()
    _create_freed_times()
    op.drop_constraint("claim_holder_kind", "claim")
    op.create_check_constraint("claim_holder_kind", "claim", f"holder_kind IN ({KINDS}, 'offer')", postgresql_not_valid=True)


def _create_waits() -> None:
    op.create_table(
        "wait",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), nullable=False),
        sa.Column("space_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("alike", sa.Boolean, nullable=False),
        sa.Column("resident_id", sa.Uuid, nullable=False),
        sa.Column("household_id", sa.Uuid),
        sa.Column("asked_by", sa.Uuid, nullable=False),
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id")),
        _at("starts_at"),
        _at("ends_at"),
        _at("earliest_at"),
        _at("latest_at"),
        _at("open_until"),
        sa.Column("attendees", sa.Integer, nullable=False),
        sa.Column("care", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        _at("asked_at"),
        _at("ended_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'fulfilled', 'declined', 'lapsed', 'unfulfilled', 'withdrawn')", name="wait_state"
        ),
        sa.CheckConstraint("ends_at > starts_at", name="wait_ends_after_start"),
        sa.CheckConstraint("earliest_at <= starts_at AND latest_at >= ends_at", name="wait_window"),
        sa.CheckConstraint("(state IN ('waiting', 'offered')) = (ended_at IS NULL)", name="wait_ended_at"),
        sa.CheckConstraint("space_id = ANY (space_ids)", name="wait_for_its_space"),
        sa.CheckConstraint("attendees > 0", name="wait_attendees"),
    )
    op.execute(
        """
        ALTER TABLE wait ADD CONSTRAINT wait_once_for_a_time
        EXCLUDE USING gist (resident_id WITH =, tstzrange(earliest_at, latest_at) WITH &&)
        WHERE (state IN ('waiting', 'offered') AND booking_id IS NULL)
        """
    )
    is_open = "state IN ('waiting', 'offered')"
    of_booking = sa.text(f"{is_open} AND booking_id IS NOT NULL")
    op.create_index("wait_for_booking", "wait", ["booking_id"], unique=True, postgresql_where=of_booking)
    in_line: list[str | sa.TextClause] = ["community_id", sa.text("care DESC"), "asked_at", "id"]
    op.create_index("wait_in_line", "wait", in_line, postgresql_where=sa.text(is_open))
    op.create_index("wait_overdue", "wait", ["open_until"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("wait_of_resident", "wait", ["resident_id", "starts_at", "id"])
    op.create_index("wait_by_time", "wait", ["community_id", "starts_at", "id"])


def _create_offers() -> None:
    op.create_table(
        "wait_offer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("wait_id", sa.Uuid, sa.ForeignKey("wait.id"), nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), nullable=False),
        _at("starts_at"),
        _at("ends_at"),
        _at("offered_at"),
        _at("expires_at"),
        sa.Column("state", sa.Text, nullable=False),
        _at("settled_at", nullable=True),
        sa.CheckConstraint("state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')", name="wait_offer_state"),
        sa.CheckConstraint("ends_at > starts_at", name="wait_offer_ends_after_start"),
        sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="wait_offer_settled_at"),
    )
    is_open = sa.text("state = 'open'")
    op.create_index("wait_offer_open", "wait_offer", ["wait_id"], unique=True, postgresql_where=is_open)
    op.create_index("wait_offer_expires", "wait_offer", ["expires_at"], postgresql_where=is_open)
    op.create_index("wait_offer_of_wait", "wait_offer", ["wait_id", "offered_at"])


def _create_freed_times() -> None:
    op.create_table(
        "freed_time",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("during", TSTZRANGE, nullable=False),
    )
    op.create_index("freed_time_in_order", "freed_time", ["community_id", "id"])
    # A day around it, which is the longest turnover: freed turnover can make the time beside it possible.
    op.execute(
        """
        CREATE FUNCTION note_freed_claim() RETURNS trigger LANGUAGE plpgsql AS
        $$ DECLARE around tstzrange := tstzrange(lower(OLD.during) - interval '1 day', upper(OLD.during) + interval '1 day');
        BEGIN
            IF EXISTS (
                SELECT FROM wait WHERE community_id = OLD.community_id AND state IN ('waiting', 'offered')
                AND tstzrange(earliest_at, latest_at) && around
            ) THEN
                INSERT INTO freed_time (community_id, during) VALUES (OLD.community_id, around);
                PERFORM pg_notify('booking_freed', '');
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER claim_freed AFTER UPDATE ON claim FOR EACH ROW
        WHEN (OLD.state <> 'released' AND (NEW.state = 'released' OR NEW.during <> OLD.during))
        EXECUTE FUNCTION note_freed_claim()
        """
    )
    op.execute(
        """
        CREATE TRIGGER claim_deleted AFTER DELETE ON claim FOR EACH ROW WHEN (OLD.state <> 'released')
        EXECUTE FUNCTION note_freed_claim()
        """
    )
    op.execute(
        """
        CREATE FUNCTION note_waiting() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            INSERT INTO freed_time (community_id, during)
            VALUES (NEW.community_id, tstzrange(NEW.earliest_at, NEW.latest_at));
            PERFORM pg_notify('booking_freed', '');
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER wait_begins AFTER INSERT OR UPDATE OF state ON wait FOR EACH ROW WHEN (NEW.state = 'waiting')
        EXECUTE FUNCTION note_waiting()
        """
    )
    op.execute(
        """
        CREATE FUNCTION note_changed_calendar() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            INSERT INTO freed_time (community_id, during)
            SELECT community_id, tstzrange(earliest_at, latest_at) FROM wait
            WHERE community_id = NEW.community_id AND state = 'waiting' ORDER BY care DESC, asked_at, id;
            IF FOUND THEN PERFORM pg_notify('booking_freed', ''); END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER calendar_revision_frees AFTER UPDATE OF revision ON calendar_revision FOR EACH ROW
        EXECUTE FUNCTION note_changed_calendar()
        """
    )


def downgrade() -> None:
    """Nobody waits any more. What is held for those who waited is free."""
    op.execute("DROP TRIGGER calendar_revision_frees ON calendar_revision")
    op.execute("DROP TRIGGER claim_freed ON claim")
    op.execute("DROP TRIGGER claim_deleted ON claim")
    op.drop_table("freed_time")
    op.drop_table("wait_offer")
    op.drop_table("wait")
    for function in ("note_freed_claim", "note_waiting", "note_changed_calendar"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DELETE FROM claim WHERE holder_kind = 'offer'")
    op.drop_constraint("claim_holder_kind", "claim")
    op.create_check_constraint("claim_holder_kind", "claim", f"holder_kind IN ({KINDS})")
