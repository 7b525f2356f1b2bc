"""The audit log. The database refuses to change or delete its entries, except for the upkeep, which says what it is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("actor_party", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("communities", ARRAY(sa.Text())),
        sa.Column("version", sa.Integer()),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
        sa.Column("correlation_id", sa.Text(), nullable=False),
    )
    op.create_index("audit_entry_subject", "audit_entry", ["kind", "subject_id", "id"])
    op.create_index("audit_entry_actor", "audit_entry", ["actor_id", "id"])
    op.create_index("audit_entry_at", "audit_entry", ["at"])
    op.execute(
        """
        CREATE FUNCTION audit_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF TG_OP = 'DELETE' AND current_setting('linli.audit_retention', true) = 'on' THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'entries of the audit log are not changed or deleted' USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for name, events, each in (("row", "UPDATE OR DELETE", "ROW"), ("table", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER audit_entry_{name}_is_kept BEFORE {events} ON audit_entry "
            f"FOR EACH {each} EXECUTE FUNCTION audit_entry_is_append_only()"
        )


def downgrade() -> None:
    op.drop_table("audit_entry")
    op.execute("DROP FUNCTION audit_entry_is_append_only")
