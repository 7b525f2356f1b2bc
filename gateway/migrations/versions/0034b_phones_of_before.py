"""The phones of existing accounts come into the list, and the rule on phones holds for old accounts too.

They are copied in batches, each in a transaction that locks its accounts. So a change of a phone at the same moment is either
copied, or follows by the trigger. Nobody waits for the copy: accounts that somebody else has locked are left for the next
round. The copy can be repeated, because it leaves what is there already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034b"
down_revision = "0034"

_BATCH = 1_000
_ROUNDS = 100  # with a tenth of a second between them
_MISSING = """
    SELECT a.id FROM account a
    WHERE a.party = 'resident' AND a.id > :after AND (
        a.phone_index IS NOT NULL
        AND NOT EXISTS (SELECT FROM resident_phone p WHERE p.account_id = a.id AND p.use = 'sign_in' AND p.main)
        OR a.contact_phone_index IS NOT NULL
        AND NOT EXISTS (SELECT FROM resident_phone p WHERE p.account_id = a.id AND p.use = 'contact' AND p.main)
    )
    ORDER BY a.id LIMIT :most
"""
_COPY = sa.text(
    f"""
    WITH due AS MATERIALIZED (
        SELECT id, phone, phone_index, contact_phone, contact_phone_index, key_id, created_at
        FROM account WHERE id IN ({_MISSING}) FOR SHARE SKIP LOCKED
    ), of_all AS (
        SELECT id, 'sign_in' AS use, phone, phone_index, key_id, created_at FROM due WHERE phone_index IS NOT NULL
        UNION ALL
        SELECT id, 'contact', contact_phone, contact_phone_index, key_id, created_at FROM due
        WHERE contact_phone_index IS NOT NULL
    )
    INSERT INTO resident_phone (id, account_id, use, main, phone, phone_index, key_id, added_at)
    SELECT gen_random_uuid(), id, use, true, phone, phone_index, key_id, created_at FROM of_all
    ON CONFLICT (account_id, use) WHERE main DO NOTHING
    """  # noqa: S608  a constant of this file
)
_LAST = sa.text(f"SELECT max(id::text)::uuid FROM ({_MISSING}) AS due")  # noqa: S608
_NONE = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        for _ in range(_ROUNDS):
            after = _NONE
            while (last := connection.scalar(_LAST, {"after": after, "most": _BATCH})) is not None:
                connection.execute(_COPY, {"after": after, "most": _BATCH})
                after = last
            if connection.scalar(_LAST, {"after": _NONE, "most": 1}) is None:
                break
            connection.execute(sa.text("SELECT pg_sleep(0.1)"))
        else:
            raise RuntimeError("some accounts stay locked, so their phones cannot be copied; run it again")
    op.execute("ALTER TABLE account VALIDATE CONSTRAINT account_phone_check")


def downgrade() -> None:
    pass
