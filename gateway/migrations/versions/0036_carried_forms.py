"""Forms that wait while their writer signs in at another site."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035b"


def upgrade() -> None:
    op.create_table(
        "carried_form",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(content) <= 100000", name="carried_form_length"),
    )
    op.create_index("carried_form_expires", "carried_form", ["expires_at"])


def downgrade() -> None:
    op.drop_table("carried_form")
