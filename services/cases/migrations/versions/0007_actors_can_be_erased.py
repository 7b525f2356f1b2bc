"""The history of a case can lose an actor whose account is erased. Nothing else of it can change, as before.

The service says that it erases (`linli.erasure`), for one transaction. A second trigger then compares the rows.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

_REFUSE = "RAISE EXCEPTION 'case_history is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION case_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND current_setting('linli.erasure', true) = 'on' THEN
                RETURN NULL;
            END IF;
            {_REFUSE}
        END $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION case_history_loses_actors_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.actor_id IS NULL AND to_jsonb(NEW) - 'actor_id' = to_jsonb(OLD) - 'actor_id' THEN
                RETURN NEW;
            END IF;
            {_REFUSE}
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER case_history_actors BEFORE UPDATE ON case_history"
        " FOR EACH ROW EXECUTE FUNCTION case_history_loses_actors_only()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER case_history_actors ON case_history")
    op.execute("DROP FUNCTION case_history_loses_actors_only")
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION case_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {_REFUSE}
        END $$
        """
    )
