"""An index for desks of the whole district, whose lists name no community."""

from alembic import op

revision = "events_0002"
down_revision = "events_0001"


def upgrade() -> None:
    op.create_index("registration_district", "registration", ["created_at", "id"])


def downgrade() -> None:
    op.drop_index("registration_district", "registration")
