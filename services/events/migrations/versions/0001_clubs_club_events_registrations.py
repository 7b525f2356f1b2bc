"""Clubs, memberships, club events with sessions, registrations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "events_0001"
down_revision = None

SECTION = "section IN ('convenience', 'neighbour', 'smart', 'elders')"


def _at(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _aggregate() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    ]


def upgrade() -> None:
    _clubs()
    _club_events()
    _registrations()


def _clubs() -> None:
    op.create_table(
        "club",
        *_aggregate(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("description", JSONB, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("members_count", sa.Integer, nullable=False, server_default="0"),
        sa.UniqueConstraint("community_id", "code", name="club_code_key"),
        sa.CheckConstraint(SECTION, name="club_section_known"),
        sa.CheckConstraint("kind IN ('sports', 'culture', 'volunteer', 'learning')", name="club_kind_known"),
        sa.CheckConstraint("members_count >= 0", name="club_members_count_positive"),
    )
    op.create_table(
        "membership",
        *_aggregate(),
        sa.Column("club_id", sa.Uuid, sa.ForeignKey("club.id"), nullable=False),
        sa.Column("resident_id", sa.Uuid, nullable=False),
        _at("joined_at"),
        _at("left_at", nullable=True),
        sa.UniqueConstraint("club_id", "resident_id", name="membership_resident_key"),
    )
    op.create_index(
        "membership_of_resident", "membership", ["resident_id", "club_id"], postgresql_where=sa.text("left_at IS NULL")
    )


def _club_events() -> None:
    op.create_table(
        "club_event",
        *_aggregate(),
        sa.Column("club_id", sa.Uuid, sa.ForeignKey("club.id"), nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("description", JSONB, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("space_id", sa.Uuid),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("organiser_id", sa.Uuid, nullable=False),
        _at("created_at"),
        _at("published_at", nullable=True),
        _at("cancelled_at", nullable=True),
        sa.Column("cancel_reason", sa.Text),
        _at("first_starts_at"),
        sa.CheckConstraint("state IN ('draft', 'published', 'cancelled')", name="club_event_state_known"),
        sa.CheckConstraint(SECTION, name="club_event_section_known"),
        sa.CheckConstraint(
            "audience IN ('everyone', 'elders', 'children', 'families', 'women', 'volunteers')",
            name="club_event_audience_known",
        ),
    )
    op.create_index("club_event_agenda", "club_event", ["community_id", "state", "first_starts_at", "id"])
    op.create_index("club_event_of_club", "club_event", ["club_id", "first_starts_at", "id"])
    op.create_table(
        "club_session",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("club_event_id", sa.Uuid, sa.ForeignKey("club_event.id", ondelete="CASCADE"), nullable=False),
        _at("starts_at"),
        _at("ends_at"),
        sa.Column("capacity", sa.Integer, nullable=False),
        _at("registration_opens_at"),
        _at("registration_closes_at"),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("last_queue_no", sa.Integer, nullable=False),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name="club_session_not_oversold"),
        sa.CheckConstraint("waiting >= 0", name="club_session_waiting_positive"),
        sa.CheckConstraint("capacity > 0", name="club_session_capacity_positive"),
        sa.CheckConstraint("ends_at > starts_at AND ends_at - starts_at <= interval '24 hours'", name="club_session_duration"),
        sa.CheckConstraint(
            "registration_opens_at < registration_closes_at AND registration_closes_at <= starts_at",
            name="club_session_registration_window",
        ),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("club_session_by_time", "club_session", ["community_id", "starts_at", "club_event_id"])
    op.create_index("club_session_of_club_event", "club_session", ["club_event_id", "starts_at"])


def _registrations() -> None:
    op.create_table(
        "registration",
        *_aggregate(),
        sa.Column("session_id", sa.Uuid, sa.ForeignKey("club_session.id"), nullable=False),
        sa.Column("resident_id", sa.Uuid, nullable=False),
        sa.Column("registered_by", sa.Uuid, nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("queue_no", sa.Integer),
        _at("created_at"),
        _at("cancelled_at", nullable=True),
        sa.Column("cancelled_by", sa.Text),
        sa.CheckConstraint("state IN ('confirmed', 'waitlisted', 'cancelled')", name="registration_state_known"),
        sa.CheckConstraint("seats BETWEEN 1 AND 4", name="registration_seats_allowed"),
        sa.CheckConstraint("state <> 'waitlisted' OR queue_no IS NOT NULL", name="registration_queued"),
    )
    op.create_index(
        "registration_one_active",
        "registration",
        ["session_id", "resident_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_index(
        "registration_queue",
        "registration",
        ["session_id", "queue_no"],
        unique=True,
        postgresql_where=sa.text("state = 'waitlisted'"),
    )
    op.create_index("registration_of_session", "registration", ["session_id", "created_at", "id"])
    op.create_index("registration_of_resident", "registration", ["resident_id", "created_at", "id"])
    op.create_index("registration_of_community", "registration", ["community_id", "created_at", "id"])


def downgrade() -> None:
    for table in ("registration", "club_session", "club_event", "membership", "club"):
        op.drop_table(table)
