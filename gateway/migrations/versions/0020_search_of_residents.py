"""Residents are found by name and phone: keyed hashes of their terms. The upkeep fills the rows of existing accounts.

A change of a name or a phone by anybody removes the terms in the same transaction: the release before, an erasure, a statement
by hand. Code that knows the keys writes the new ones after it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "account_search",
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("terms", ARRAY(sa.BigInteger), nullable=False),
    )
    op.create_index("account_search_terms", "account_search", ["terms"], postgresql_using="gin")
    op.execute(
        "CREATE FUNCTION forget_search_terms() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN DELETE FROM account_search WHERE account_id = NEW.id; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER account_search_follows AFTER UPDATE OF name, phone, contact_phone ON account FOR EACH ROW"
        " WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.phone IS DISTINCT FROM NEW.phone"
        " OR OLD.contact_phone IS DISTINCT FROM NEW.contact_phone)"
        " EXECUTE FUNCTION forget_search_terms()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER account_search_follows ON account")
    op.execute("DROP FUNCTION forget_search_terms()")
    op.drop_table("account_search")
