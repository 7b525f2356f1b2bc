"""What staff have muted of the messages about spaces. The last release leaves it empty."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "notify_0015"


def upgrade() -> None:
    op.add_column("recipient", sa.Column("muted", sa.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")))
    op.create_check_constraint(
        "recipient_muted",
        "recipient",
        "muted <@ ARRAY['new', 'changes', 'requests', 'no_shows', 'tomorrow']::text[]",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    op.drop_constraint("recipient_muted", "recipient")
    op.drop_column("recipient", "muted")
