"""The content of photos may be stored elsewhere, and a lease protects the sending of phone numbers to notify.

The previous release continues to work: the photos that it writes are `stored`, with their content in the row.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("photo", sa.Column("state", sa.Text(), nullable=False, server_default=sa.text("'stored'")))
    op.create_check_constraint("photo_state_check", "photo", "state IN ('pending', 'stored', 'leaving')")
    op.create_index("photo_leaving", "photo", ["id"], postgresql_where=sa.text("state = 'leaving'"))
    op.alter_column("photo", "content", nullable=True)
    op.add_column("account", sa.Column("contact_taken_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Deletes photos whose content is stored elsewhere, because the previous release cannot read them."""
    op.drop_column("account", "contact_taken_at")
    op.execute("DELETE FROM photo WHERE content IS NULL")
    op.alter_column("photo", "content", nullable=False)
    op.drop_index("photo_leaving", "photo")
    op.drop_constraint("photo_state_check", "photo")
    op.drop_column("photo", "state")
