"""An erasure finds the registrations that a person made for others, such as their children."""

import sqlalchemy as sa

from chassis.database import concurrent_indexes

revision = "events_0004"
down_revision = "events_0003"


def upgrade() -> None:
    for_others = sa.text("registered_by <> resident_id")
    concurrent_indexes.create_index("registration_for_others", "registration", ["registered_by"], postgresql_where=for_others)


def downgrade() -> None:
    concurrent_indexes.drop_index("registration_for_others", "registration")
