"""Communities and grids become copies of the directory's, with their versions. Rows from before have version 0, so that any
message replaces them.

A copy arrives when its message does: a grid may come before its community, and a prefix before the message that frees it.
So the constraints between copies go; the directory has them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for table in ("communities", "grids"):
        op.add_column(table, sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.drop_constraint("grids_community_id_fkey", "grids")
    op.drop_constraint("communities_number_prefix_key", "communities")
    # The last release has a model of the column. A later migration drops it.
    op.alter_column("communities", "name", nullable=True)
    op.add_column("communities", sa.Column("time_zone", sa.Text))


def downgrade() -> None:
    """Communities that came by a message get their id as their name."""
    op.drop_column("communities", "time_zone")
    op.execute("UPDATE communities SET name = jsonb_build_object('zh-CN', id) WHERE name IS NULL")
    op.alter_column("communities", "name", nullable=False)
    op.create_unique_constraint("communities_number_prefix_key", "communities", ["number_prefix"])
    op.create_foreign_key("grids_community_id_fkey", "grids", "communities", ["community_id"], ["id"])
    for table in ("communities", "grids"):
        op.drop_column(table, "version")
