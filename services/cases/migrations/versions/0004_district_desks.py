"""An index for desks of the whole district, whose lists name no community."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("cases_district", "cases", ["reported_at", "id"])


def downgrade() -> None:
    op.drop_index("cases_district", "cases")
