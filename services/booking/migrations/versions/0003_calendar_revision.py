"""The calendar's revision: triggers renew it when a space or anything of the calendar changes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

CALENDAR = ("community", "calendar_day", "space", "space_exception")


def upgrade() -> None:
    op.create_table(
        "calendar_revision",
        sa.Column("single", sa.Boolean, primary_key=True, server_default=sa.text("true")),
        sa.Column("revision", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()")),
        sa.CheckConstraint("single", name="calendar_revision_single"),
    )
    op.execute("INSERT INTO calendar_revision DEFAULT VALUES")
    op.execute(
        """
        CREATE FUNCTION revise_calendar() RETURNS trigger LANGUAGE plpgsql AS
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


def downgrade() -> None:
    for table in CALENDAR:
        op.execute(f"DROP TRIGGER {table}_revises_calendar ON {table}")
    op.execute("DROP FUNCTION revise_calendar")
    op.drop_table("calendar_revision")
