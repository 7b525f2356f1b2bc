"""An index to find the case of a photo. The gateway asks for it when the answer to a report was lost."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("cases_photos", "cases", ["photo_ids"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_index("cases_photos", "cases")
