"""All phones of a resident. `account.phone` and `account.contact_phone` stay, and are the main ones of the list.

A trigger keeps the main phones of the list equal to those of the account, so the last release keeps the list too. A phone that
another account signs in with is refused under the name of the constraint that the last release knows; of two at once, by
the unique index of the list. (An exception handler in the trigger would make a subtransaction for each row of an import.)

An account may be without a phone after it was its owner's: the number was given to somebody else.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

TIME = sa.DateTime(timezone=True)
_OF_STAFF = "party = 'staff' AND phone IS NULL AND contact_phone IS NULL AND made_by IS NULL"
_WITH_PHONE = "party = 'resident' AND (phone IS NOT NULL OR made_by IS NOT NULL OR merged_into IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "resident_phone",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("usable_from", TIME),
        sa.Column("added_by", sa.Uuid()),
        sa.Column("added_at", TIME, nullable=False),
        sa.CheckConstraint("use IN ('sign_in', 'contact')", name="resident_phone_use"),
        sa.CheckConstraint("use = 'sign_in' OR usable_from IS NULL", name="resident_phone_usable"),
    )
    for name, columns, options in (
        ("resident_phone_sign_in_key", ["phone_index"], {"unique": True, "postgresql_where": sa.text("use = 'sign_in'")}),
        ("resident_phone_main_key", ["account_id", "use"], {"unique": True, "postgresql_where": sa.text("main")}),
        ("resident_phone_once", ["account_id", "use", "phone_index"], {"unique": True}),
        ("resident_phone_number", ["phone_index"], {}),
        ("resident_phone_keys", ["key_id"], {"postgresql_where": sa.text("NOT main")}),
    ):
        op.create_index(name, "resident_phone", columns, **options)
    _follow_accounts()
    _forget_search_terms()
    op.drop_constraint("account_phone_check", "account")
    op.create_check_constraint(
        "account_phone_check",
        "account",
        f"{_WITH_PHONE} OR claimed_at IS NOT NULL) OR {_OF_STAFF}",
        postgresql_not_valid=True,
    )


def _follow_accounts() -> None:
    op.execute(
        """
        CREATE FUNCTION put_main_phone(account uuid, use_of_it text, sealed bytea, hash bytea, key text) RETURNS void
        LANGUAGE plpgsql AS
        $$ BEGIN
            IF hash IS NULL THEN
                DELETE FROM resident_phone WHERE account_id = account AND use = use_of_it AND main;
                RETURN;
            END IF;
            IF use_of_it = 'sign_in' AND EXISTS (
                SELECT FROM resident_phone WHERE phone_index = hash AND use = 'sign_in' AND account_id <> account
            ) THEN
                RAISE unique_violation USING
                    MESSAGE = 'another account signs in with this phone', CONSTRAINT = 'account_phone_key';
            END IF;
            -- It was another phone of the same account.
            DELETE FROM resident_phone WHERE account_id = account AND use = use_of_it AND NOT main AND phone_index = hash;
            INSERT INTO resident_phone (id, account_id, use, main, phone, phone_index, key_id, added_at)
            VALUES (gen_random_uuid(), account, use_of_it, true, sealed, hash, key, now())
            ON CONFLICT (account_id, use) WHERE main
            DO UPDATE SET phone = EXCLUDED.phone, phone_index = EXCLUDED.phone_index, key_id = EXCLUDED.key_id;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION keep_main_phones() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NEW.phone_index IS NOT NULL THEN
                    PERFORM put_main_phone(NEW.id, 'sign_in', NEW.phone, NEW.phone_index, NEW.key_id);
                END IF;
                IF NEW.contact_phone_index IS NOT NULL THEN
                    PERFORM put_main_phone(NEW.id, 'contact', NEW.contact_phone, NEW.contact_phone_index, NEW.key_id);
                END IF;
                RETURN NULL;
            END IF;
            IF (OLD.phone, OLD.phone_index) IS DISTINCT FROM (NEW.phone, NEW.phone_index) THEN
                PERFORM put_main_phone(NEW.id, 'sign_in', NEW.phone, NEW.phone_index, NEW.key_id);
            END IF;
            IF (OLD.contact_phone, OLD.contact_phone_index) IS DISTINCT FROM (NEW.contact_phone, NEW.contact_phone_index) THEN
                PERFORM put_main_phone(NEW.id, 'contact', NEW.contact_phone, NEW.contact_phone_index, NEW.key_id);
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER account_keeps_main_phones"
        " AFTER INSERT OR UPDATE OF phone, phone_index, contact_phone, contact_phone_index ON account"
        " FOR EACH ROW WHEN (NEW.party = 'resident') EXECUTE FUNCTION keep_main_phones()"
    )


def _forget_search_terms() -> None:
    """As for a change of the account (0020): code that knows the keys writes the new terms after it."""
    op.execute(
        """
        CREATE FUNCTION forget_search_terms_of_phone() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF TG_OP <> 'INSERT' THEN DELETE FROM account_search WHERE account_id = OLD.account_id; END IF;
            IF TG_OP <> 'DELETE' THEN DELETE FROM account_search WHERE account_id = NEW.account_id; END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER resident_phone_search_follows AFTER INSERT OR DELETE OR UPDATE OF account_id, phone ON resident_phone"
        " FOR EACH ROW EXECUTE FUNCTION forget_search_terms_of_phone()"
    )


def downgrade() -> None:
    """Loses all phones but the main ones. Raises an error while there are accounts whose number was given to somebody else."""
    op.drop_constraint("account_phone_check", "account")
    op.create_check_constraint("account_phone_check", "account", f"{_WITH_PHONE}) OR {_OF_STAFF}")
    op.execute("DROP TRIGGER account_keeps_main_phones ON account")
    op.drop_table("resident_phone")
    for function in ("keep_main_phones()", "put_main_phone(uuid, text, bytea, bytea, text)", "forget_search_terms_of_phone()"):
        op.execute(f"DROP FUNCTION {function}")
