"""Each key from before gets a system, with the key's id, label, reach and rights. New rows have one from the trigger."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO system (id, community_id, version, name, key_id, communities, whole_district, rights, created_by,
                            created_at)
        SELECT id, community_id, 1, label, '',
               CASE WHEN whole_district THEN '{}' ELSE ARRAY[community_id] END, whole_district,
               ARRAY(SELECT jsonb_array_elements_text(scopes)), created_by, created_at
        FROM api_key WHERE system_id IS NULL
        """
    )
    op.execute("UPDATE api_key SET system_id = id WHERE system_id IS NULL")
    op.execute("ALTER TABLE api_key VALIDATE CONSTRAINT api_key_system_fkey")
    op.execute("ALTER TABLE api_key VALIDATE CONSTRAINT api_key_kind_check")


def downgrade() -> None:
    pass
