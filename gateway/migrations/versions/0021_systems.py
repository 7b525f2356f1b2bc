"""Other systems have an identity of their own, which owns their keys.

The last release makes keys without a system. A trigger makes the system then, with the id of the key.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0021"
down_revision = "0020"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "system",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.LargeBinary()),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("communities", ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("whole_district", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("rights", ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("requests_per_minute", sa.Integer()),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME),
        sa.CheckConstraint("whole_district = (communities = '{}')", name="system_reach_check"),
        sa.CheckConstraint("requests_per_minute > 0", name="system_requests_check"),
    )
    op.create_table(
        "system_token",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Uuid(), sa.ForeignKey("api_key.id", ondelete="CASCADE"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rights", ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    op.create_index("system_token_hash_key", "system_token", ["token_hash"], unique=True)
    op.create_index("system_token_expires", "system_token", ["expires_at"])
    op.add_column("api_key", sa.Column("system_id", sa.Uuid()))
    op.add_column("api_key", sa.Column("kind", sa.Text(), nullable=False, server_default="key"))
    for name in ("expires_at", "last_used_at"):
        op.add_column("api_key", sa.Column(name, TIME))
    op.add_column("api_key", sa.Column("replaced_by", sa.Uuid()))
    op.create_foreign_key("api_key_system_fkey", "api_key", "system", ["system_id"], ["id"], postgresql_not_valid=True)
    op.create_check_constraint("api_key_kind_check", "api_key", "kind IN ('key', 'client')", postgresql_not_valid=True)
    op.execute(
        """
        CREATE FUNCTION api_key_has_a_system() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            INSERT INTO system (id, community_id, version, name, key_id, communities, whole_district, rights, created_by,
                                created_at)
            VALUES (NEW.id, NEW.community_id, 1, NEW.label, '',
                    CASE WHEN NEW.whole_district THEN '{}' ELSE ARRAY[NEW.community_id] END, NEW.whole_district,
                    ARRAY(SELECT jsonb_array_elements_text(NEW.scopes)), NEW.created_by, NEW.created_at);
            NEW.system_id := NEW.id;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER api_key_has_a_system BEFORE INSERT ON api_key FOR EACH ROW "
        "WHEN (NEW.system_id IS NULL) EXECUTE FUNCTION api_key_has_a_system()"
    )
    for table, columns in (
        ("api_key", "revoked_at, expires_at"),
        ("system", "rights, communities, whole_district, disabled_at"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_notifies_of_sessions AFTER UPDATE OF {columns} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION notify_of_sessions()"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER api_key_notifies_of_sessions ON api_key")
    op.execute("DROP TRIGGER api_key_has_a_system ON api_key")
    op.execute("DROP FUNCTION api_key_has_a_system")
    op.drop_table("system_token")
    for name in ("system_id", "kind", "expires_at", "last_used_at", "replaced_by"):
        op.drop_column("api_key", name)
    op.drop_table("system")
