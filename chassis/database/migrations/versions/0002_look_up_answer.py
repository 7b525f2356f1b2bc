"""The function that locks an idempotency key and looks up its answer (see chassis.rpc.idempotency)."""

from alembic import op

revision = "chassis_0002"
down_revision = "chassis_0001"


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION look_up_answer(asked_scope text, asked_key text, wait boolean,
                                       OUT free boolean, OUT request_hash text, OUT answer jsonb)
        LANGUAGE plpgsql VOLATILE AS
        $$
        DECLARE
            lock bigint := hashtextextended(asked_scope || chr(10) || asked_key, 0);
        BEGIN
            IF wait THEN
                PERFORM pg_advisory_xact_lock(lock);
                free := true;
            ELSE
                free := pg_try_advisory_xact_lock(lock);
            END IF;
            SELECT i.request_hash, i.answer INTO request_hash, answer
            FROM idempotency i WHERE i.scope = asked_scope AND i.key = asked_key;
        END
        $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION look_up_answer")
