"""Triggers notify every gateway when a session, an account or a role changes."""

from alembic import op

revision = "0004"
down_revision = "0003"

TRIGGERS = {
    "session": "DELETE OR TRUNCATE",
    "role_grant": "INSERT OR UPDATE OR DELETE OR TRUNCATE",
    "account": "UPDATE OF disabled_at, demo, party, community_id, household_id",
}


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION notify_of_sessions() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('gateway_sessions', ''); RETURN NULL; END $$
        """
    )
    for table, events in TRIGGERS.items():
        op.execute(
            f"""
            CREATE TRIGGER {table}_notifies_of_sessions AFTER {events} ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION notify_of_sessions()
            """
        )


def downgrade() -> None:
    for table in TRIGGERS:
        op.execute(f"DROP TRIGGER {table}_notifies_of_sessions ON {table}")
    op.execute("DROP FUNCTION notify_of_sessions")
