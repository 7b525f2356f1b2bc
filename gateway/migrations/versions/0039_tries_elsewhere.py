"""Who asked for a one-time code, and the tries that all others have. Codes of the last release have none who asked."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("one_time_code", sa.Column("client_index", sa.LargeBinary()))
    op.add_column("one_time_code", sa.Column("tries_elsewhere", sa.Integer(), nullable=False, server_default="5"))


def downgrade() -> None:
    op.drop_column("one_time_code", "client_index")
    op.drop_column("one_time_code", "tries_elsewhere")
