"""An index for the deletion of old notifications."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0003"
down_revision = "notify_0002"


def upgrade() -> None:
    where = sa.text("account_id IS NOT NULL")
    op.create_index("notification_created", "notification", ["created_at"], postgresql_where=where)


def downgrade() -> None:
    op.drop_index("notification_created", "notification")
