"""Reading the feed of some communities. The function of migration 0004 stays for the last release."""

from alembic import op

revision = "notify_0007"
down_revision = "notify_0006"


def upgrade() -> None:
    # As feed_after of 0004, which says why it is a function, with the communities of the messages (NULL: all).
    op.execute(
        """
        CREATE FUNCTION feed_after(of_epoch integer, after_xid xid8, after_seq bigint, to_xid xid8, to_seq bigint,
                                   types text[], communities text[], most integer) RETURNS SETOF feed
        LANGUAGE sql STABLE SET enable_sort = off AS
        $$
        SELECT * FROM feed
        WHERE epoch = $1 AND (xid, seq) > ($2, $3) AND (xid, seq) <= ($4, $5) AND ($6 IS NULL OR type LIKE ANY ($6))
            AND ($7 IS NULL OR community_id = ANY ($7))
        ORDER BY xid, seq LIMIT $8
        $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION feed_after(integer, xid8, bigint, xid8, bigint, text[], text[], integer)")
