"""No booking is handed out more of a pool than it has reserved. Until 0070 a unique index said so, by one loan for each booking
and kind; the last release relies on it. This trigger says it for loans in parts, with the same error, so that both releases
refuse the second of two clerks."""

from alembic import op

revision = "0072"
down_revision = "0071"


def upgrade() -> None:
    op.execute(CHECK)
    op.execute(
        "CREATE TRIGGER equipment_loan_of_pool BEFORE INSERT ON equipment_loan FOR EACH ROW"
        " WHEN (NEW.unit_id IS NULL AND NEW.returned_at IS NULL) EXECUTE FUNCTION check_equipment_loan_of_pool()"
    )


def downgrade() -> None:
    """What is out in parts becomes one loan: the unique index, to which 0070 goes back, lets a booking have one."""
    op.execute("DROP TRIGGER equipment_loan_of_pool ON equipment_loan")
    op.execute("DROP FUNCTION check_equipment_loan_of_pool()")
    op.execute(JOIN)


CHECK = """
        CREATE FUNCTION check_equipment_loan_of_pool() RETURNS trigger LANGUAGE plpgsql AS
        $$ DECLARE reserved integer; handed_out integer;
        BEGIN
            -- A statement after this one sees what the holder of the lock before has handed out.
            PERFORM 1 FROM equipment_kind WHERE id = NEW.kind_id FOR NO KEY UPDATE;
            SELECT quantity INTO reserved FROM equipment_use WHERE booking_id = NEW.booking_id AND kind_id = NEW.kind_id;
            SELECT coalesce(sum(quantity), 0) INTO handed_out FROM equipment_loan
            WHERE booking_id = NEW.booking_id AND kind_id = NEW.kind_id AND unit_id IS NULL AND returned_at IS NULL;
            IF handed_out + NEW.quantity > coalesce(reserved, 0) THEN
                RAISE unique_violation USING MESSAGE = 'equipment_loan_of_pool: more would be out than is reserved',
                    CONSTRAINT = 'equipment_loan_of_pool';
            END IF;
            RETURN NEW;
        END $$
        """
JOIN = """
        WITH parts AS (
            SELECT booking_id, kind_id, min(id::text)::uuid AS first, sum(quantity) AS quantity FROM equipment_loan
            WHERE unit_id IS NULL AND returned_at IS NULL GROUP BY booking_id, kind_id HAVING count(*) > 1
        ), joined AS (
            UPDATE equipment_loan loan SET quantity = parts.quantity FROM parts WHERE loan.id = parts.first
        )
        DELETE FROM equipment_loan loan USING parts
        WHERE loan.booking_id = parts.booking_id AND loan.kind_id = parts.kind_id AND loan.id <> parts.first
        AND loan.unit_id IS NULL AND loan.returned_at IS NULL
        """
