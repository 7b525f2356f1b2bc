"""Photos of spaces."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "space_gallery",
        sa.Column("space_id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_table(
        "space_photo",
        sa.Column("photo_id", sa.Uuid(), sa.ForeignKey("photo.id"), primary_key=True),
        sa.Column("space_id", sa.Uuid(), sa.ForeignKey("space_gallery.space_id"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("alt_zh", sa.Text(), nullable=False),
        sa.Column("alt_en", sa.Text(), nullable=False),
        sa.UniqueConstraint("space_id", "position", name="space_photo_position"),
        sa.CheckConstraint("position BETWEEN 1 AND 6", name="space_photo_position_check"),
        sa.CheckConstraint("alt_zh <> '' AND alt_en <> ''", name="space_photo_alt_check"),
    )


def downgrade() -> None:
    op.drop_table("space_photo")
    op.drop_table("space_gallery")
