"""Weeks of spaces open one after the other, and times are kept for some. The last release leaves the new columns as they
are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.add_column("space", sa.Column("opening", JSONB))
    op.add_column("space", sa.Column("shares", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")))
    op.add_column("space", sa.Column("elder_age", sa.Integer, nullable=False, server_default="60"))
    op.create_check_constraint("space_elder_age", "space", "elder_age IN (60, 65, 70)", postgresql_not_valid=True)
    op.add_column("booking", sa.Column("for_elder", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("booking", sa.Column("at_counter", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("wait", sa.Column("age", sa.SmallInteger))


def downgrade() -> None:
    op.drop_column("wait", "age")
    op.drop_column("booking", "at_counter")
    op.drop_column("booking", "for_elder")
    op.drop_constraint("space_elder_age", "space")
    op.drop_column("space", "elder_age")
    op.drop_column("space", "shares")
    op.drop_column("space", "opening")
