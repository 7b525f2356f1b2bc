"""Equipment: kinds, numbered units, and what bookings have of them. A trigger keeps what a booking has in step with its time
and state, in the transaction that changes them: so no use case can forget it, also none of the last release. Units are claimed
in the ledger. What a pool has left is counted under the lock of its row."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

revision = "0058"
down_revision = "0057"

HOLDERS = "'booking', 'session', 'mediation', 'offer'"
SUBJECTS = "'space', 'closure', 'day_hours', 'calendar_day'"


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _aggregate() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    ]


def upgrade() -> None:
    _create_kinds()
    _create_uses()
    _create_loans()
    op.add_column("booking", sa.Column("with_equipment", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("series", sa.Column("equipment", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")))
    for function in FUNCTIONS.values():
        op.execute(function)
    op.execute(
        """
        CREATE TRIGGER booking_keeps_equipment AFTER UPDATE OF state, starts_at, ends_at, space_id ON booking FOR EACH ROW
        WHEN (NEW.with_equipment AND (OLD.state, OLD.starts_at, OLD.ends_at, OLD.space_id)
              IS DISTINCT FROM (NEW.state, NEW.starts_at, NEW.ends_at, NEW.space_id))
        EXECUTE FUNCTION keep_equipment()
        """
    )
    op.drop_constraint("claim_holder_kind", "claim")
    op.create_check_constraint(
        "claim_holder_kind", "claim", f"holder_kind IN ({HOLDERS}, 'equipment')", postgresql_not_valid=True
    )
    op.drop_constraint("calendar_change_kind", "calendar_change")
    op.create_check_constraint(
        "calendar_change_kind",
        "calendar_change",
        f"kind IN ({SUBJECTS}, 'equipment', 'equipment_unit')",
        postgresql_not_valid=True,
    )


def _create_kinds() -> None:
    op.create_table(
        "equipment_kind",
        *_aggregate(),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("description", JSONB),
        sa.Column("counted", sa.Text, nullable=False),
        sa.Column("quantity", sa.Integer),
        sa.Column("space_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("turnover_minutes", sa.Integer, nullable=False),
        sa.Column("min_notice_minutes", sa.Integer, nullable=False),
        sa.Column("most_per_booking", sa.Integer, nullable=False),
        sa.Column("handed_out", sa.Boolean, nullable=False),
        sa.Column("deposit", JSONB),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.CheckConstraint("counted IN ('units', 'pool')", name="equipment_kind_counted"),
        sa.CheckConstraint("(counted = 'pool') = (quantity IS NOT NULL) AND quantity >= 0", name="equipment_kind_quantity"),
        sa.CheckConstraint(
            "turnover_minutes BETWEEN 0 AND 1440 AND min_notice_minutes BETWEEN 0 AND 100000 AND most_per_booking >= 1",
            name="equipment_kind_rules",
        ),
    )
    op.create_index("equipment_kind_of_community", "equipment_kind", ["community_id", "id"])
    op.create_table(
        "equipment_unit",
        *_aggregate(),
        sa.Column("kind_id", sa.Uuid, sa.ForeignKey("equipment_kind.id"), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("space_id", sa.Uuid, sa.ForeignKey("space.id")),
        sa.Column("note", sa.Text),
        sa.ForeignKeyConstraint(["id"], ["resource.id"], name="equipment_unit_is_resource"),
        sa.UniqueConstraint("community_id", "label", name="equipment_unit_label_key"),
        sa.CheckConstraint("state IN ('in_use', 'in_repair', 'gone')", name="equipment_unit_state"),
    )
    op.create_index("equipment_unit_of_kind", "equipment_unit", ["kind_id", "label"])


def _create_uses() -> None:
    op.create_table(
        "equipment_use",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id"), nullable=False),
        sa.Column("kind_id", sa.Uuid, sa.ForeignKey("equipment_kind.id"), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("during", TSTZRANGE),
        _at("created_at"),
        sa.Column("told", sa.Text),
        sa.UniqueConstraint("booking_id", "kind_id", name="equipment_use_once"),
        sa.CheckConstraint("quantity >= 1", name="equipment_use_quantity"),
        sa.CheckConstraint("state IN ('claimed', 'wanted', 'lost', 'released')", name="equipment_use_state"),
        sa.CheckConstraint("(state = 'claimed') = (during IS NOT NULL)", name="equipment_use_claimed"),
        sa.CheckConstraint("told IN ('lost', 'claimed')", name="equipment_use_told"),
    )
    op.execute("CREATE INDEX equipment_use_during ON equipment_use USING gist (kind_id, during) WHERE state = 'claimed'")
    op.create_index("equipment_use_lost", "equipment_use", ["kind_id"], postgresql_where=sa.text("state = 'lost'"))
    # What people have not been told yet. Few rows at any time.
    untold = "(state = 'lost' AND told IS DISTINCT FROM 'lost') OR (state = 'claimed' AND told = 'lost')"
    op.create_index("equipment_use_untold", "equipment_use", ["booking_id"], postgresql_where=sa.text(untold))


def _create_loans() -> None:
    op.create_table(
        "equipment_loan",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("booking_id", sa.Uuid, sa.ForeignKey("booking.id"), nullable=False),
        sa.Column("kind_id", sa.Uuid, sa.ForeignKey("equipment_kind.id"), nullable=False),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("equipment_unit.id")),
        sa.Column("quantity", sa.Integer, nullable=False),
        _at("handed_out_at"),
        sa.Column("handed_out_by", sa.Uuid, nullable=False),
        _at("due_at"),
        _at("returned_at", nullable=True),
        sa.Column("returned_by", sa.Uuid),
        sa.Column("missing", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("damage_note", sa.Text),
        sa.CheckConstraint("quantity >= 1 AND (unit_id IS NULL OR quantity = 1)", name="equipment_loan_quantity"),
        sa.CheckConstraint("missing BETWEEN 0 AND quantity", name="equipment_loan_missing"),
        sa.CheckConstraint("(returned_at IS NULL) = (returned_by IS NULL)", name="equipment_loan_returned"),
    )
    is_out = "returned_at IS NULL"
    op.create_index("equipment_loan_of_unit", "equipment_loan", ["unit_id"], unique=True, postgresql_where=sa.text(is_out))
    op.create_index(
        "equipment_loan_of_pool",
        "equipment_loan",
        ["booking_id", "kind_id"],
        unique=True,
        postgresql_where=sa.text(f"{is_out} AND unit_id IS NULL"),
    )
    op.create_index("equipment_loan_out", "equipment_loan", ["community_id", "due_at"], postgresql_where=sa.text(is_out))
    op.create_index("equipment_loan_of_booking", "equipment_loan", ["booking_id"])


FUNCTIONS = {
    # The units of a kind that nobody has at a time, in a space. What the booking `but` has counts as free.
    "free_equipment_units(uuid, tstzrange, uuid, uuid)": """
        CREATE FUNCTION free_equipment_units(of_kind uuid, wanted tstzrange, at_space uuid, but uuid DEFAULT NULL)
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
                AND NOT EXISTS (SELECT FROM equipment_use u WHERE u.id = claim.holder_id AND u.booking_id = but)
            )
        $$
        """,
    # How many of a kind are free at a time, in a space. Of a pool: what is left at the fullest moment.
    "free_equipment(uuid, tstzrange, uuid, uuid)": """
        CREATE FUNCTION free_equipment(of_kind uuid, wanted tstzrange, at_space uuid, but uuid DEFAULT NULL)
        RETURNS integer LANGUAGE sql STABLE AS
        $$
            SELECT CASE WHEN kind.counted = 'units'
                THEN (SELECT count(*)::integer FROM free_equipment_units(of_kind, wanted, at_space, but))
                ELSE greatest(0, kind.quantity - coalesce((
                    SELECT max(had) FROM (
                        SELECT sum(change) OVER (ORDER BY moment, change) AS had FROM (
                            SELECT greatest(lower(during), lower(wanted)) AS moment, quantity AS change FROM equipment_use
                            WHERE kind_id = of_kind AND state = 'claimed' AND during && wanted
                            AND booking_id IS DISTINCT FROM but
                            UNION ALL
                            SELECT upper(during), -quantity FROM equipment_use
                            WHERE kind_id = of_kind AND state = 'claimed' AND during && wanted
                            AND booking_id IS DISTINCT FROM but
                        ) changes
                    ) levels
                ), 0))::integer END
            FROM equipment_kind kind WHERE kind.id = of_kind
        $$
        """,
    # Claims what a confirmed booking wants, from the beginning: what does not fit is lost. A unit that it had stays, if it can.
    # Whoever claims equipment locks the kinds in this order, before claims.
    "settle_equipment(uuid)": """
        CREATE FUNCTION settle_equipment(of_booking uuid) RETURNS void LANGUAGE plpgsql AS
        $$ DECLARE held record; used record; wanted tstzrange; had uuid[];
        BEGIN
            PERFORM 1 FROM equipment_kind
            WHERE id IN (SELECT kind_id FROM equipment_use WHERE booking_id = of_booking) ORDER BY id FOR NO KEY UPDATE;
            SELECT community_id, space_id, starts_at, ends_at, state INTO held FROM booking WHERE id = of_booking;
            IF held.state NOT IN ('confirmed', 'no_show') THEN RETURN; END IF;
            FOR used IN
                SELECT u.id, u.kind_id, u.quantity, kind.space_ids, kind.turnover_minutes, kind.counted
                FROM equipment_use u JOIN equipment_kind kind ON kind.id = u.kind_id
                WHERE u.booking_id = of_booking ORDER BY u.kind_id
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
        """,
    # What a booking has follows it. Less time meets nobody, so it needs no lock.
    "keep_equipment()": """
        CREATE FUNCTION keep_equipment() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF NEW.state NOT IN ('confirmed', 'no_show') THEN
                DELETE FROM claim USING equipment_use u WHERE claim.holder_id = u.id AND u.booking_id = NEW.id;
                UPDATE equipment_use SET during = NULL, told = NULL,
                    state = CASE NEW.state WHEN 'requested' THEN 'wanted' ELSE 'released' END
                WHERE booking_id = NEW.id;
            ELSIF OLD.state IN ('confirmed', 'no_show') AND NEW.space_id = OLD.space_id
                AND NEW.starts_at >= OLD.starts_at AND NEW.ends_at <= OLD.ends_at
            THEN
                UPDATE equipment_use u
                SET during = u.during * tstzrange(NEW.starts_at, NEW.ends_at + make_interval(mins => kind.turnover_minutes))
                FROM equipment_kind kind
                WHERE u.booking_id = NEW.id AND kind.id = u.kind_id AND u.state = 'claimed';
                UPDATE claim SET during = u.during FROM equipment_use u
                WHERE claim.holder_id = u.id AND u.booking_id = NEW.id;
            ELSE
                PERFORM settle_equipment(NEW.id);
            END IF;
            RETURN NULL;
        END $$
        """,
}


def downgrade() -> None:
    """Bookings have no equipment any more."""
    op.execute("DROP TRIGGER booking_keeps_equipment ON booking")
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DELETE FROM claim WHERE holder_kind = 'equipment'")
    op.execute("DELETE FROM calendar_change WHERE kind IN ('equipment', 'equipment_unit')")
    op.drop_constraint("claim_holder_kind", "claim")
    op.create_check_constraint("claim_holder_kind", "claim", f"holder_kind IN ({HOLDERS})", postgresql_not_valid=True)
    op.drop_constraint("calendar_change_kind", "calendar_change")
    op.create_check_constraint("calendar_change_kind", "calendar_change", f"kind IN ({SUBJECTS})", postgresql_not_valid=True)
    op.drop_column("series", "equipment")
    op.drop_column("booking", "with_equipment")
    op.drop_table("equipment_loan")
    op.drop_table("equipment_use")
    op.drop_table("equipment_unit")
    op.drop_table("equipment_kind")
    op.execute("DELETE FROM resource WHERE kind = 'unit'")
