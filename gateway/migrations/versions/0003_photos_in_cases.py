"""A photo stores whether it belongs to a case. The upkeep checks photos that were claimed before, as after a report without an
answer."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("photo", sa.Column("in_case", sa.Boolean(), nullable=False, server_default=sa.false()))
    where = sa.text("claimed_by IS NOT NULL AND NOT in_case")
    op.create_index("photo_unanswered", "photo", ["created_at"], postgresql_where=where)


def downgrade() -> None:
    op.drop_index("photo_unanswered", "photo")
    op.drop_column("photo", "in_case")
