"""Locks of doors, the codes of bookings, and what each lock was told. The last release leaves the new columns of spaces as they
are by default: no space is behind a lock."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_table(
        "door_lock",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("bridge", sa.Text),
        sa.Column("device", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.UniqueConstraint("id", "community_id", name="door_lock_of_community"),
        sa.UniqueConstraint("bridge", "device", name="door_lock_device"),
        sa.CheckConstraint("kind IN ('porter', 'http')", name="door_lock_kind"),
        sa.CheckConstraint(
            "(kind = 'http') = (bridge IS NOT NULL) AND (kind = 'http') = (device IS NOT NULL)", name="door_lock_reached"
        ),
    )
    op.create_index("door_lock_by_community", "door_lock", ["community_id", "id"])
    op.create_table(
        "door_lock_state",
        sa.Column("lock_id", sa.Uuid, sa.ForeignKey("door_lock.id"), primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("told", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("sending", JSONB),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Text),
    )
    op.create_table(
        "door_code",
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id"), primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), nullable=False),
        sa.Column("sealed_code", sa.LargeBinary, nullable=False),
        sa.Column("code_index", sa.Text, nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_from < valid_until", name="door_code_lasts"),
        ExcludeConstraint(
            ("community_id", "="),
            ("code_index", "="),
            (sa.func.tstzrange(sa.text("valid_from"), sa.text("valid_until")), "&&"),
            name="door_code_unique_meanwhile",
            using="gist",
        ),
    )
    op.create_index("door_code_ends", "door_code", ["valid_until"])
    op.add_column("space", sa.Column("lock_id", sa.Uuid))
    op.add_column("space", sa.Column("code_minutes_before", sa.Integer, nullable=False, server_default="10"))
    op.add_column("space", sa.Column("code_minutes_after", sa.Integer, nullable=False, server_default="10"))
    op.create_foreign_key(
        "space_lock_of_community",
        "space",
        "door_lock",
        ["lock_id", "community_id"],
        ["id", "community_id"],
        postgresql_not_valid=True,
    )
    op.create_check_constraint(
        "space_code_minutes",
        "space",
        "code_minutes_before BETWEEN 0 AND 240 AND code_minutes_after BETWEEN 0 AND 240",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    op.drop_constraint("space_code_minutes", "space")
    op.drop_constraint("space_lock_of_community", "space")
    for name in ("code_minutes_after", "code_minutes_before", "lock_id"):
        op.drop_column("space", name)
    for name in ("door_code", "door_lock_state", "door_lock"):
        op.drop_table(name)
