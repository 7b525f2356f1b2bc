"""Spaces can be out of use and have seasons. Closures, and the history of what admins changed in the calendar."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015b"

REVISING = ("closure", "closure_space")


def upgrade() -> None:
    op.add_column("space", sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("true")))
    op.add_column("space", sa.Column("seasons", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")))
    op.add_column("calendar_revision", sa.Column("announced", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_table(
        "closure",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("note", JSONB),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("moved", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("cancelled", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.CheckConstraint("ends_at > starts_at", name="closure_ends_after_start"),
        sa.CheckConstraint(
            "reason IN ('maintenance', 'cleaning', 'official_use', 'event', 'weather', 'staff', 'safety', 'other')",
            name="closure_reason",
        ),
    )
    op.create_index("closure_by_end", "closure", ["community_id", "ends_at", "id"])
    op.create_table(
        "closure_space",
        sa.Column("closure_id", sa.Uuid, sa.ForeignKey("closure.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
    )
    op.create_index("closure_of_space", "closure_space", ["space_id"])
    op.create_table(
        "calendar_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
        sa.CheckConstraint("kind IN ('space', 'closure', 'day_hours', 'calendar_day')", name="calendar_change_kind"),
    )
    op.create_index("calendar_change_of_subject", "calendar_change", ["community_id", "kind", "subject_id", "id"])
    op.create_index("calendar_change_by_time", "calendar_change", ["community_id", "id"])
    for table in REVISING:
        op.execute(
            f"""
            CREATE TRIGGER {table}_revises_calendar AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION revise_calendar('community_id')
            """
        )
        op.execute(
            f"""
            CREATE TRIGGER {table}_emptied_revises_calendar AFTER TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION revise_calendar('community_id')
            """
        )


def downgrade() -> None:
    """Closures end, and spaces that are out of use come back."""
    for table in ("calendar_change", "closure_space", "closure"):
        op.drop_table(table)
    op.drop_column("calendar_revision", "announced")
    op.drop_column("space", "seasons")
    op.drop_column("space", "active")
