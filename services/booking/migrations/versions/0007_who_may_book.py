"""Spaces say whose residents may book them, and copies of communities know their sub-district.

A space can be open to its sub-district. So a community that comes or goes renews the calendar revision of all communities of
that sub-district. Existing spaces stay open to the whole district.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("community", sa.Column("sub_district_id", sa.Text))
    op.add_column("space", sa.Column("open_to", sa.Text, nullable=False, server_default="district"))
    op.create_check_constraint(
        "space_open_to", "space", "open_to IN ('community', 'sub_district', 'district')", postgresql_not_valid=True
    )
    op.execute(
        """
        CREATE FUNCTION revise_calendar_of_neighbours() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF OLD.sub_district_id IS DISTINCT FROM NEW.sub_district_id THEN
                UPDATE calendar_revision SET revision = gen_random_uuid() WHERE community_id IN
                    (SELECT id FROM community WHERE sub_district_id IN (OLD.sub_district_id, NEW.sub_district_id));
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER community_revises_neighbours AFTER INSERT OR UPDATE OR DELETE ON community
        FOR EACH ROW EXECUTE FUNCTION revise_calendar_of_neighbours()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER community_revises_neighbours ON community")
    op.execute("DROP FUNCTION revise_calendar_of_neighbours")
    op.drop_constraint("space_open_to", "space")
    op.drop_column("space", "open_to")
    op.drop_column("community", "sub_district_id")
