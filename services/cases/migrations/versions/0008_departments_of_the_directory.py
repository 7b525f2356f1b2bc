"""Departments become copies of the directory's, with their versions, like communities and grids. Rows from before have version
0, so that any message replaces them. The history says for whom a substitute acted.

A copy arrives when its message does, so no constraint between copies stays. The directory keeps codes unique.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("departments", sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("departments", sa.Column("communities", ARRAY(sa.Text)))
    op.drop_constraint("departments_code_key", "departments")
    op.add_column("case_history", sa.Column("for_id", sa.Uuid))


def downgrade() -> None:
    op.drop_column("case_history", "for_id")
    op.create_unique_constraint("departments_code_key", "departments", ["code"])
    op.drop_column("departments", "communities")
    op.drop_column("departments", "version")
