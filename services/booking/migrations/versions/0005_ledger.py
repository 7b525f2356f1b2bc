"""The ledger: resources, and claims with holders and states. The calendar's revision becomes one per community.

The claims move to a new table, because most of each row changes. A million took 61 s on two busy cores, during which nobody can
book.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSTZRANGE

revision = "0005"
down_revision = "0004"

CALENDAR = {"community": "id", "calendar_day": "community_id", "space": "community_id", "space_exception": "community_id"}


def upgrade() -> None:
    _create_resources()
    _move_claims()
    _revise_by_community()


def _create_resources() -> None:
    op.create_table(
        "resource",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id", ondelete="CASCADE")),
        sa.CheckConstraint("kind IN ('space', 'unit', 'seat')", name="resource_kind"),
        sa.CheckConstraint("kind <> 'space' OR id = space_id", name="resource_of_space"),
    )
    op.execute("INSERT INTO resource (id, community_id, kind, space_id) SELECT id, community_id, 'space', id FROM space")
    op.execute(
        """
        CREATE FUNCTION add_resource_of_space() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            INSERT INTO resource (id, community_id, kind, space_id) VALUES (NEW.id, NEW.community_id, 'space', NEW.id);
            RETURN NULL;
        END $$
        """
    )
    op.execute("CREATE TRIGGER space_is_resource AFTER INSERT ON space FOR EACH ROW EXECUTE FUNCTION add_resource_of_space()")


def _move_claims() -> None:
    op.execute("ALTER TABLE claim RENAME TO claim_of_booking")
    op.execute("ALTER TABLE claim_of_booking RENAME CONSTRAINT claim_pkey TO claim_of_booking_pkey")
    op.create_table(
        "claim",
        sa.Column("holder_id", sa.Uuid, nullable=False),
        sa.Column("resource_id", sa.Uuid, nullable=False),
        sa.Column("holder_kind", sa.Text, nullable=False),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("during", TSTZRANGE, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("booking_id", sa.Uuid, sa.Computed("CASE WHEN holder_kind = 'booking' THEN holder_id END", persisted=True)),
        sa.CheckConstraint("holder_kind IN ('booking', 'session', 'mediation')", name="claim_holder_kind"),
        sa.CheckConstraint("state IN ('held', 'confirmed', 'released')", name="claim_state"),
        sa.CheckConstraint("NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)", name="claim_bounded"),
        sa.CheckConstraint("state <> 'held' OR expires_at IS NOT NULL", name="claim_hold_expires"),
        sa.CheckConstraint("state <> 'confirmed' OR expires_at IS NULL", name="claim_confirmed_for_good"),
    )
    op.execute(
        """
        INSERT INTO claim (holder_id, resource_id, holder_kind, community_id, during, state)
        SELECT booking_id, space_id, 'booking', community_id, blocked, CASE WHEN active THEN 'confirmed' ELSE 'released' END
        FROM claim_of_booking
        """
    )
    op.drop_table("claim_of_booking")
    # After the rows, because that is faster than row by row.
    op.create_primary_key("claim_pkey", "claim", ["holder_id", "resource_id"])
    op.create_foreign_key("claim_resource_id_fkey", "claim", "resource", ["resource_id"], ["id"])
    op.create_foreign_key("claim_booking_id_fkey", "claim", "booking", ["booking_id"], ["id"])
    op.execute(
        """
        ALTER TABLE claim ADD CONSTRAINT claim_no_double_booking
        EXCLUDE USING gist (resource_id WITH =, during WITH &&) INCLUDE (expires_at)
        WHERE (state IN ('held', 'confirmed'))
        """
    )


def _revise_by_community() -> None:
    for table in CALENDAR:
        op.execute(f"DROP TRIGGER {table}_revises_calendar ON {table}")
    op.drop_table("calendar_revision")
    op.create_table(
        "calendar_revision",
        sa.Column("community_id", sa.Text, primary_key=True),
        sa.Column("revision", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()")),
    )
    op.execute("INSERT INTO calendar_revision (community_id) SELECT DISTINCT community_id FROM space")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION revise_calendar() RETURNS trigger LANGUAGE plpgsql AS
        $$ DECLARE changed text;
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN
                UPDATE calendar_revision SET revision = gen_random_uuid();
                RETURN NULL;
            END IF;
            FOR changed IN
                SELECT DISTINCT one ->> TG_ARGV[0] FROM unnest(ARRAY[to_jsonb(OLD), to_jsonb(NEW)]) one WHERE one IS NOT NULL
            LOOP
                IF changed = '*' THEN
                    UPDATE calendar_revision SET revision = gen_random_uuid();
                ELSE
                    INSERT INTO calendar_revision (community_id) VALUES (changed)
                    ON CONFLICT (community_id) DO UPDATE SET revision = gen_random_uuid();
                END IF;
            END LOOP;
            RETURN NULL;
        END $$
        """
    )
    for table, column in CALENDAR.items():
        op.execute(
            f"""
            CREATE TRIGGER {table}_revises_calendar AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION revise_calendar('{column}')
            """
        )
        op.execute(
            f"""
            CREATE TRIGGER {table}_emptied_revises_calendar AFTER TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION revise_calendar('{column}')
            """
        )


def downgrade() -> None:
    """Claims of other holders than bookings are lost."""
    for table in CALENDAR:
        op.execute(f"DROP TRIGGER {table}_revises_calendar ON {table}")
        op.execute(f"DROP TRIGGER {table}_emptied_revises_calendar ON {table}")
    op.drop_table("calendar_revision")
    op.create_table(
        "calendar_revision",
        sa.Column("single", sa.Boolean, primary_key=True, server_default=sa.text("true")),
        sa.Column("revision", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()")),
        sa.CheckConstraint("single", name="calendar_revision_single"),
    )
    op.execute("INSERT INTO calendar_revision DEFAULT VALUES")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION revise_calendar() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE calendar_revision SET revision = gen_random_uuid(); RETURN NULL; END $$
        """
    )
    for table in CALENDAR:
        op.execute(
            f"""
            CREATE TRIGGER {table}_revises_calendar AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION revise_calendar()
            """
        )
    op.execute("ALTER TABLE claim RENAME TO claim_of_holder")
    op.execute("ALTER TABLE claim_of_holder RENAME CONSTRAINT claim_pkey TO claim_of_holder_pkey")
    op.create_table(
        "claim",
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id"), primary_key=True),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id"), primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("blocked", TSTZRANGE, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.CheckConstraint("NOT isempty(blocked) AND NOT lower_inf(blocked) AND NOT upper_inf(blocked)", name="claim_bounded"),
    )
    op.execute(
        """
        INSERT INTO claim (booking_id, space_id, community_id, blocked, active)
        SELECT holder_id, resource_id, community_id, during, state <> 'released' FROM claim_of_holder
        WHERE holder_kind = 'booking'
        """
    )
    op.drop_table("claim_of_holder")
    op.execute(
        """
        ALTER TABLE claim ADD CONSTRAINT claim_no_double_booking
        EXCLUDE USING gist (space_id WITH =, blocked WITH &&, community_id WITH =) WHERE (active)
        """
    )
    op.execute("DROP TRIGGER space_is_resource ON space")
    op.execute("DROP FUNCTION add_resource_of_space")
    op.drop_table("resource")
