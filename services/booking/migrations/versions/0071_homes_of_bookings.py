"""The community in which the resident of a booking lived when it was made. The last release does not know the column."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    op.add_column("booking", sa.Column("home_id", sa.Text))


def downgrade() -> None:
    op.drop_column("booking", "home_id")
