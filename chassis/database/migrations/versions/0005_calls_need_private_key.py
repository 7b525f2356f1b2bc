"""Notes the time of the upgrade to calls that need the private key, if this database has been in use (see
chassis.rpc.old_calls)."""

from alembic import op

revision = "chassis_0005"
down_revision = "chassis_0004"


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO relay_state (name, at)
        SELECT 'calls need the private key', now()
        WHERE EXISTS (SELECT FROM relay_state) OR EXISTS (SELECT FROM outbox) OR EXISTS (SELECT FROM inbox)
            OR EXISTS (SELECT FROM idempotency)
        ON CONFLICT (name) DO NOTHING
        """
    )


def downgrade() -> None:
    op.execute("DELETE FROM relay_state WHERE name = 'calls need the private key'")
