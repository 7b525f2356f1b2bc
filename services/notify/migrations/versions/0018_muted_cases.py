"""Staff may mute messages about cases. The constraint of the last release would refuse it."""

from alembic import op

revision = "0018"
down_revision = "0017"

_BEFORE = "muted <@ ARRAY['new', 'changes', 'requests', 'no_shows', 'tomorrow']::text[]"
_NOW = "muted <@ ARRAY['new', 'changes', 'requests', 'no_shows', 'tomorrow', 'cases']::text[]"


def upgrade() -> None:
    op.drop_constraint("recipient_muted", "recipient")
    op.create_check_constraint("recipient_muted", "recipient", _NOW, postgresql_not_valid=True)


def downgrade() -> None:
    op.drop_constraint("recipient_muted", "recipient")
    op.execute("UPDATE recipient SET muted = array_remove(muted, 'cases') WHERE 'cases' = ANY (muted)")
    op.create_check_constraint("recipient_muted", "recipient", _BEFORE, postgresql_not_valid=True)
