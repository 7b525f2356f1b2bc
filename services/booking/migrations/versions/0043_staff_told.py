"""Which staff hear of the bookings of a space, and the lists of the next day that they got. The last release leaves the new
columns as they are by default."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.add_column("space", sa.Column("staff_told", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")))
    op.add_column("space", sa.Column("list_at", sa.Text))
    op.add_column("space", sa.Column("list_if_none", sa.Boolean, nullable=False, server_default=sa.text("false")))
    for name, condition in CHECKS.items():
        op.create_check_constraint(name, "space", condition, postgresql_not_valid=True)
    op.create_table(
        "day_list",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("list_at", sa.Text, nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("community_id", "account_id", "day", "list_at", name="day_list_once"),
    )
    op.create_index("day_list_by_day", "day_list", ["day"])


def downgrade() -> None:
    op.drop_table("day_list")
    for name in CHECKS:
        op.drop_constraint(name, "space")
    for name in ("list_if_none", "list_at", "staff_told"):
        op.drop_column("space", name)


CHECKS = {
    "space_list_at": "list_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'",
    "space_list_has_time": "list_at IS NOT NULL OR NOT staff_told ? 'tomorrow'",
}
