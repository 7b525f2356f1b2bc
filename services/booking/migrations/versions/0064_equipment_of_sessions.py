"""Sessions of club events have equipment, as bookings have it: a use is of a booking or of a session. The functions that count
and claim know both."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    op.alter_column("equipment_use", "booking_id", nullable=True)
    op.add_column("equipment_use", sa.Column("session_id", sa.Uuid))
    op.add_column("equipment_use", sa.Column("times_told", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_check_constraint(
        "equipment_use_holder", "equipment_use", "num_nonnulls(booking_id, session_id) = 1", postgresql_not_valid=True
    )
    # A request replaces the times of its sessions in one transaction, so the key is checked at its end.
    op.create_foreign_key(
        "equipment_use_session_id_fkey",
        "equipment_use",
        "claimed_time",
        ["session_id"],
        ["holder_id"],
        deferrable=True,
        initially="DEFERRED",
        postgresql_not_valid=True,
    )
    _create_functions(but="but IN (u.booking_id, u.session_id)", holder="coalesce(booking_id, session_id)", settle=SETTLE_BOTH)


def downgrade() -> None:
    """Sessions have no equipment any more."""
    op.execute("DELETE FROM claim USING equipment_use u WHERE claim.holder_id = u.id AND u.session_id IS NOT NULL")
    op.execute("DELETE FROM equipment_use WHERE session_id IS NOT NULL")
    _create_functions(but="u.booking_id = but", holder="booking_id", settle=SETTLE_BOOKINGS)
    op.drop_column("equipment_use", "session_id")
    op.drop_column("equipment_use", "times_told")
    op.alter_column("equipment_use", "booking_id", nullable=False)


def _create_functions(*, but: str, holder: str, settle: dict[str, str]) -> None:
    op.execute(UNITS.replace("<but>", but))
    op.execute(FREE.replace("<holder>", holder))
    text = SETTLE
    for name, value in settle.items():
        text = text.replace(f"<{name}>", value)
    op.execute(text)


SETTLE_BOOKINGS = {"of": "booking_id = of_booking", "u_of": "u.booking_id = of_booking", "session": ""}
SETTLE_BOTH = {
    "of": "booking_id = of_booking OR session_id = of_booking",
    "u_of": "(u.booking_id = of_booking OR u.session_id = of_booking)",
    "session": """
            IF NOT FOUND THEN
                SELECT community_id, space_ids[1] AS space_id, starts_at, ends_at, 'confirmed' AS state INTO held
                FROM claimed_time WHERE holder_id = of_booking;
            END IF;""",
}
# The units of a kind that nobody has at a time, in a space. What the booking or session `but` has counts as free.
UNITS = """
        CREATE OR REPLACE FUNCTION free_equipment_units(of_kind uuid, wanted tstzrange, at_space uuid, but uuid DEFAULT NULL)
        RETURNS SETOF equipment_unit LANGUAGE sql STABLE AS
        $$
            SELECT unit.* FROM equipment_unit unit WHERE unit.kind_id = of_kind AND unit.state = 'in_use'
            AND (
                unit.space_id IS NULL OR unit.space_id = at_space
                OR EXISTS (SELECT FROM space part WHERE part.id = unit.space_id AND part.parent_id = at_space)
            )
            AND NOT EXISTS (
                SELECT FROM claim WHERE claim.resource_id = unit.id AND claim.during && wanted
                AND claim.state IN ('held', 'confirmed')
                AND NOT EXISTS (SELECT FROM equipment_use u WHERE u.id = claim.holder_id AND <but>)
            )
        $$
        """
# How many of a kind are free at a time, in a space. Of a pool: what is left at the fullest moment.
FREE = """
        CREATE OR REPLACE FUNCTION free_equipment(of_kind uuid, wanted tstzrange, at_space uuid, but uuid DEFAULT NULL)
        RETURNS integer LANGUAGE sql STABLE AS
        $$
            SELECT CASE WHEN kind.counted = 'units'
                THEN (SELECT count(*)::integer FROM free_equipment_units(of_kind, wanted, at_space, but))
                ELSE greatest(0, kind.quantity - coalesce((
                    SELECT max(had) FROM (
                        SELECT sum(change) OVER (ORDER BY moment, change) AS had FROM (
                            SELECT greatest(lower(during), lower(wanted)) AS moment, quantity AS change FROM equipment_use
                            WHERE kind_id = of_kind AND state = 'claimed' AND during && wanted
                            AND <holder> IS DISTINCT FROM but
                            UNION ALL
                            SELECT upper(during), -quantity FROM equipment_use
                            WHERE kind_id = of_kind AND state = 'claimed' AND during && wanted
                            AND <holder> IS DISTINCT FROM but
                        ) changes
                    ) levels
                ), 0))::integer END
            FROM equipment_kind kind WHERE kind.id = of_kind
        $$
        """
# Claims what a confirmed booking, or a session, wants, from the beginning: what does not fit is lost. A unit that it had stays,
# if it can. A session has its equipment in the first of its spaces.
SETTLE = """
        CREATE OR REPLACE FUNCTION settle_equipment(of_booking uuid) RETURNS void LANGUAGE plpgsql AS
        $$ DECLARE held record; used record; wanted tstzrange; had uuid[];
        BEGIN
            PERFORM 1 FROM equipment_kind
            WHERE id IN (SELECT kind_id FROM equipment_use WHERE <of>) ORDER BY id FOR NO KEY UPDATE;
            SELECT community_id, space_id, starts_at, ends_at, state INTO held FROM booking WHERE id = of_booking;<session>
            IF held.state NOT IN ('confirmed', 'no_show') THEN RETURN; END IF;
            FOR used IN
                SELECT u.id, u.kind_id, u.quantity, kind.space_ids, kind.turnover_minutes, kind.counted
                FROM equipment_use u JOIN equipment_kind kind ON kind.id = u.kind_id
                WHERE <u_of> ORDER BY u.kind_id
            LOOP
                wanted := tstzrange(held.starts_at, held.ends_at + make_interval(mins => used.turnover_minutes));
                SELECT coalesce(array_agg(resource_id), '{}') INTO had FROM claim WHERE holder_id = used.id;
                DELETE FROM claim WHERE holder_id = used.id;
                UPDATE equipment_use SET state = 'lost', during = NULL WHERE id = used.id;
                IF (used.space_ids = '{}' OR held.space_id = ANY (used.space_ids))
                    AND free_equipment(used.kind_id, wanted, held.space_id) >= used.quantity
                THEN
                    INSERT INTO claim (holder_id, resource_id, holder_kind, community_id, during, state)
                    SELECT used.id, unit.id, 'equipment', held.community_id, wanted, 'confirmed'
                    FROM free_equipment_units(used.kind_id, wanted, held.space_id) unit
                    ORDER BY unit.id <> ALL (had), unit.space_id IS NULL, unit.label LIMIT used.quantity;
                    UPDATE equipment_use SET state = 'claimed', during = wanted WHERE id = used.id;
                END IF;
            END LOOP;
        END $$
        """
