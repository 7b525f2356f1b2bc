"""Residents whom staff have added: without a phone of their own, with the phone of somebody else, with a year of birth."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    for column in (
        sa.Column("contact_phone", sa.LargeBinary),
        sa.Column("contact_phone_index", sa.LargeBinary),
        sa.Column("birth_year", sa.SmallInteger),
        sa.Column("made_by", sa.Uuid),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("account", column)
    op.drop_constraint("account_resident_phone_check", "account")
    op.create_check_constraint(
        "account_phone_check",
        "account",
        "party = 'resident' AND (phone IS NOT NULL OR made_by IS NOT NULL)"
        " OR party = 'staff' AND phone IS NULL AND contact_phone IS NULL AND made_by IS NULL",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    """Raises an error while there are residents without a phone of their own."""
    op.drop_constraint("account_phone_check", "account")
    op.create_check_constraint("account_resident_phone_check", "account", "(party = 'resident') = (phone IS NOT NULL)")
    for name in ("claimed_at", "made_by", "birth_year", "contact_phone_index", "contact_phone"):
        op.drop_column("account", name)
