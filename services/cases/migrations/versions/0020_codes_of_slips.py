"""The hash of the code on a slip. Cases of the last release keep the digest of their token (`lookup_digest`)."""

import sqlalchemy as sa
from alembic import op

from chassis.database import concurrent_indexes

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("cases", sa.Column("slip_hash", sa.LargeBinary))
    concurrent_indexes.create_index("cases_slip", "cases", ["number"], postgresql_where=sa.text("slip_hash IS NOT NULL"))


def downgrade() -> None:
    concurrent_indexes.drop_index("cases_slip", "cases")
    op.drop_column("cases", "slip_hash")
