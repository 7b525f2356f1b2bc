"""Partition the inbox by the time in the messages' ids (see chassis.database.partitions), and receive a message of an ordered
consumer in one round trip."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database import partitioning

revision = "chassis_0004"
down_revision = "chassis_0003"


def upgrade() -> None:
    _keep_rows_of_periods()
    partitioning.set_aside("inbox")
    op.execute("CREATE SEQUENCE inbox_sequence")
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("sequence", sa.BigInteger, server_default=sa.text("nextval('inbox_sequence')"), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("headers", JSONB),
        sa.Column("payload", sa.LargeBinary),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        postgresql_partition_by="RANGE (event_id)",
    )
    op.create_index("inbox_due", "inbox", ["next_attempt_at"], postgresql_where=sa.text("state IN ('retrying', 'held')"))
    unsettled = sa.text("state IN ('retrying', 'held', 'parked')")
    op.create_index("inbox_unsettled", "inbox", ["consumer", "subject", "sequence"], postgresql_where=unsettled)
    op.create_index("inbox_received", "inbox", ["received_at"])
    partitioning.continue_identity("inbox", "sequence")
    partitioning.attach("inbox", weeks=1)
    op.execute(
        "CREATE TRIGGER inbox_keep BEFORE DELETE ON inbox FOR EACH ROW EXECUTE FUNCTION keep_rows_of_periods('inbox_default')"
    )
    _receive_in_order()


def _receive_in_order() -> None:
    """The locks are released when the transaction ends. In these functions each statement has a snapshot of its own, so the
    statement after the lock sees what the last owner of the lock has committed."""
    op.execute(
        """
        CREATE FUNCTION receive_in_order(of_consumer text, of_event_id uuid, of_subject text) RETURNS text
        LANGUAGE plpgsql VOLATILE AS
        $$
        DECLARE
            receipt text;
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtextextended(of_consumer || chr(10) || of_subject, 0));
            INSERT INTO inbox (consumer, event_id, subject, state)
            SELECT of_consumer, of_event_id, of_subject, CASE WHEN EXISTS (
                SELECT FROM inbox i WHERE i.consumer = of_consumer AND i.subject = of_subject
                    AND i.state IN ('retrying', 'held', 'parked') AND i.event_id <> of_event_id) THEN 'held' ELSE 'handled' END
            ON CONFLICT DO NOTHING RETURNING state INTO receipt;
            RETURN receipt;
        END
        $$
        """
    )
    # `names`: the names of the locks, in the order in which everybody takes them.
    op.execute(
        """
        CREATE FUNCTION receive_all_in_order(of_consumer text, event_ids uuid[], subjects text[], names text[]) RETURNS boolean
        LANGUAGE plpgsql VOLATILE AS
        $$
        DECLARE
            receipts integer;
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(names) name;
            IF EXISTS (SELECT FROM inbox i WHERE i.consumer = of_consumer AND i.subject = ANY (subjects)
                       AND i.state IN ('retrying', 'held', 'parked')) THEN
                RETURN false;
            END IF;
            INSERT INTO inbox (consumer, event_id, subject, state)
            SELECT of_consumer, event_id, subject, 'handled' FROM unnest(event_ids, subjects) AS one (event_id, subject)
            ON CONFLICT DO NOTHING;
            GET DIAGNOSTICS receipts = ROW_COUNT;
            RETURN receipts = cardinality(event_ids);
        END
        $$
        """
    )


def _keep_rows_of_periods() -> None:
    """The last release deletes old rows by their physical places (ctid), which are unique in one partition only. It would
    delete rows of other partitions too. The next release drops the triggers."""
    op.execute(
        """
        CREATE FUNCTION keep_rows_of_periods() RETURNS trigger LANGUAGE plpgsql AS
        $$
        BEGIN
            RETURN CASE WHEN TG_TABLE_NAME = TG_ARGV[0] THEN OLD END;
        END
        $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION receive_in_order")
    op.execute("DROP FUNCTION receive_all_in_order")
    op.execute("DROP TRIGGER inbox_keep ON inbox")
    partitioning.undo("inbox")
    op.execute("DROP FUNCTION keep_rows_of_periods")
