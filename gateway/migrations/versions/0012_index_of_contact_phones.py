"""Staff find residents by a phone that is not their own."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    concurrent_indexes.create_index(
        "account_contact_phone",
        "account",
        ["contact_phone_index"],
        postgresql_where=sa.text("contact_phone_index IS NOT NULL"),
    )


def downgrade() -> None:
    concurrent_indexes.drop_index("account_contact_phone", "account")
