"""Whether a calendar address shows the children of its owner. The addresses of the last release do not."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("calendar_address", sa.Column("of_children", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("calendar_address", "of_children")
