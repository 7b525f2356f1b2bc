"""Who must have a second factor; authenticators in set-up; recovery codes whose hash needs no key. The triggers of sessions
watch whether an account has a second factor."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0035"
down_revision = "0034b"

TRIGGERS = {
    "passkey": ("passkey_notifies_of_sessions", "INSERT OR DELETE OR TRUNCATE"),
    "account": ("account_factors_notify_of_sessions", "UPDATE OF totp_confirmed_at, password_hash"),
}


def upgrade() -> None:
    op.add_column(
        "live_setting", sa.Column("second_factor_for", ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column("live_setting", sa.Column("second_factor_from", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        "live_setting_second_factor",
        "live_setting",
        "(second_factor_for = '{}') = (second_factor_from IS NULL)",
        postgresql_not_valid=True,
    )
    op.add_column("recovery_code", sa.Column("hashed_with", sa.Text()))
    op.create_table(
        "totp_enrolment",
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("totp_enrolment_expires", "totp_enrolment", ["expires_at"])
    for table, (name, events) in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} AFTER {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION notify_of_sessions()")


def downgrade() -> None:
    for table, (name, _) in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.drop_table("totp_enrolment")
    op.drop_column("recovery_code", "hashed_with")
    op.drop_column("live_setting", "second_factor_from")
    op.drop_column("live_setting", "second_factor_for")
