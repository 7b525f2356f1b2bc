"""The privacy notices that are in force already are kept too, and the photos of one account are found.

The copy is here because 0024 locks the communities. It can be repeated: building the index commits it.
"""

import sqlalchemy as sa
from alembic import op

from chassis.database import concurrent_indexes

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO privacy_notice (community_id, version, notice)
        SELECT id, privacy_version, privacy_notice FROM community WHERE privacy_version > 0 ON CONFLICT DO NOTHING
        """
    )
    concurrent_indexes.create_index(
        "photo_uploaded_by", "photo", ["uploaded_by"], postgresql_where=sa.text("uploaded_by IS NOT NULL")
    )


def downgrade() -> None:
    concurrent_indexes.drop_index("photo_uploaded_by", "photo")
