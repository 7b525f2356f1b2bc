"""An API key reads the messages of its community, or of the whole district. Keys from before still read all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("api_key", sa.Column("whole_district", sa.Boolean, nullable=False, server_default=sa.text("true")))
    op.alter_column("api_key", "whole_district", server_default=sa.text("false"))


def downgrade() -> None:
    op.drop_column("api_key", "whole_district")
