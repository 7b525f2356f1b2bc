"""Why staff moved a booking beyond the rules that residents keep."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("booking", sa.Column("beyond_moves", JSONB))


def downgrade() -> None:
    op.drop_column("booking", "beyond_moves")
