"""The directory of the district: sub-districts, communities, grids."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table("sub_district", sa.Column("id", sa.Text, primary_key=True), sa.Column("name", JSONB, nullable=False))
    op.create_table(
        "community",
        *_announced(),
        sa.Column("sub_district_id", sa.Text, sa.ForeignKey("sub_district.id")),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("address", JSONB),
        sa.Column("phone", sa.Text),
        sa.Column("hours", JSONB),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("number_prefix", sa.Text, unique=True),
        sa.CheckConstraint("(version = 0) = (number_prefix IS NULL)", name="community_described"),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="community_point"),
    )
    op.create_index("community_of_sub_district", "community", ["sub_district_id"])
    op.create_table(
        "grid",
        *_announced(),
        sa.Column("community_id", sa.Text, sa.ForeignKey("community.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("border", JSONB),
        sa.Column("active", sa.Boolean, nullable=False),
    )
    op.create_index("grid_of_community", "grid", ["community_id", "position"])


def _announced() -> tuple[sa.Column[str], sa.Column[object], sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("announced", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    for table in ("grid", "community", "sub_district"):
        op.drop_table(table)
