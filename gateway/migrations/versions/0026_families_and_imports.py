"""Households, guardians, merged accounts, a keyed hash of names, and imports that were checked and not committed yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"

_WITH_PHONE = "party = 'resident' AND (phone IS NOT NULL OR made_by IS NOT NULL"
_OF_STAFF = "party = 'staff' AND phone IS NULL AND contact_phone IS NULL AND made_by IS NULL"


_TRIGGERS = (
    ("guardianship_notifies_of_sessions", "INSERT OR UPDATE OR DELETE OR TRUNCATE", "guardianship"),
    ("account_age_notifies_of_sessions", "UPDATE OF birth_year, merged_into", "account"),
)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("address", sa.LargeBinary()),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        _moment("created_at"),
    )
    op.create_table(
        "household_invitation",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("household_id", sa.Uuid(), sa.ForeignKey("household.id", ondelete="CASCADE"), nullable=False),
        sa.Column("phone_index", sa.LargeBinary()),
        sa.Column("code_index", sa.LargeBinary()),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
        sa.CheckConstraint("(phone_index IS NULL) <> (code_index IS NULL)", name="household_invitation_way"),
    )
    for name, columns, options in (
        (
            "household_invitation_code_key",
            ["code_index"],
            {"unique": True, "postgresql_where": sa.text("code_index IS NOT NULL")},
        ),
        ("household_invitation_phone", ["phone_index"], {"postgresql_where": sa.text("phone_index IS NOT NULL")}),
        ("household_invitation_of_household", ["household_id", "created_at"], {}),
        ("household_invitation_expires", ["expires_at"], {}),
    ):
        op.create_index(name, "household_invitation", columns, **options)
    op.create_table(
        "guardianship",
        sa.Column("guardian_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("child_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint("guardian_id <> child_id", name="guardianship_of_another"),
    )
    op.create_index("guardianship_of_child", "guardianship", ["child_id"])
    op.create_table(
        "import_draft",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rows", sa.LargeBinary()),
        sa.Column("outcomes", sa.LargeBinary()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("committed_at", nullable=True),
    )
    op.create_index("import_draft_expires", "import_draft", ["expires_at"])
    op.create_index("import_draft_of_account", "import_draft", ["account_id", "created_at"])
    op.add_column("account", sa.Column("name_index", sa.LargeBinary()))
    op.add_column("account", sa.Column("merged_into", sa.Uuid()))
    # Identities in the session caches of all replicas name the children for whom somebody acts.
    for trigger, events, table in _TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {trigger} AFTER {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION notify_of_sessions()"
        )
    op.drop_constraint("account_phone_check", "account")
    op.create_check_constraint(
        "account_phone_check",
        "account",
        f"{_WITH_PHONE} OR merged_into IS NOT NULL) OR {_OF_STAFF}",
        postgresql_not_valid=True,
    )
    op.create_foreign_key("account_household_fkey", "account", "household", ["household_id"], ["id"], postgresql_not_valid=True)


def downgrade() -> None:
    """Raises an error while there are accounts that were merged into others."""
    op.drop_constraint("account_household_fkey", "account", type_="foreignkey")
    op.drop_constraint("account_phone_check", "account")
    op.create_check_constraint("account_phone_check", "account", f"{_WITH_PHONE}) OR {_OF_STAFF}")
    op.execute("DROP TRIGGER account_age_notifies_of_sessions ON account")
    for column in ("merged_into", "name_index"):
        op.drop_column("account", column)
    for table in ("import_draft", "guardianship", "household_invitation", "household"):
        op.drop_table(table)
