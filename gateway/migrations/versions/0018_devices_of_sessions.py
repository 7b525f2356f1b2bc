"""The client of a session, so that people recognise their devices."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("session", sa.Column("user_agent", sa.Text))


def downgrade() -> None:
    op.drop_column("session", "user_agent")
