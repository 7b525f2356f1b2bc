"""Series of bookings. A booking can be a date of a series. The last release leaves the new columns empty."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), nullable=False),
        sa.Column("resident_id", sa.Uuid, nullable=False),
        sa.Column("booked_by", sa.Uuid, nullable=False),
        sa.Column("rrule", sa.Text, nullable=False),
        sa.Column("except_days", sa.ARRAY(sa.Date), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("starts_at", sa.Time, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("attendees", sa.Integer, nullable=False),
        sa.Column("purpose", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name="series_ends_after_start"),
        sa.CheckConstraint("minutes BETWEEN 1 AND 10080", name="series_minutes"),
        sa.CheckConstraint("attendees > 0", name="series_attendees"),
    )
    op.create_index("series_of_resident", "series", ["resident_id", "ends_on", "id"])
    op.create_index("series_by_end", "series", ["community_id", "ends_on", "id"])
    op.add_column("booking", sa.Column("series_id", sa.Uuid))
    op.add_column("booking", sa.Column("series_day", sa.Date))
    op.create_foreign_key("booking_of_series", "booking", "series", ["series_id"], ["id"], postgresql_not_valid=True)
    op.create_check_constraint(
        "booking_date_of_series", "booking", "(series_id IS NULL) = (series_day IS NULL)", postgresql_not_valid=True
    )


def downgrade() -> None:
    """The bookings stay, as single ones."""
    op.drop_constraint("booking_date_of_series", "booking")
    op.drop_constraint("booking_of_series", "booking")
    op.drop_column("booking", "series_day")
    op.drop_column("booking", "series_id")
    op.drop_table("series")
