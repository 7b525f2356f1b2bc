"""What a booking has follows it under the locks of its kinds, also when it is cancelled or becomes shorter: otherwise equipment
that is given out anew at the same moment stays with a cancelled booking."""

from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    op.execute(KEEP.replace("<lock>", LOCK))


def downgrade() -> None:
    op.execute(KEEP.replace("<lock>", ""))


LOCK = """
            PERFORM 1 FROM equipment_kind
            WHERE id IN (SELECT kind_id FROM equipment_use WHERE booking_id = NEW.id) ORDER BY id FOR NO KEY UPDATE;"""
KEEP = """
        CREATE OR REPLACE FUNCTION keep_equipment() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN<lock>
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
        """
