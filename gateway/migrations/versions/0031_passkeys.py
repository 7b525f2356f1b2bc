"""Passkeys and recovery codes of staff, the ceremonies of WebAuthn that have begun, and identities at OpenID providers."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

TIME = sa.DateTime(timezone=True)


def _account(nullable: bool = False) -> sa.Column[object]:
    return sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        _account(),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_used_at", TIME),
    )
    op.create_index("passkey_credential_key", "passkey", ["credential_id"], unique=True)
    op.create_index("passkey_account", "passkey", ["account_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        _account(),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
    )
    op.create_index("recovery_code_key", "recovery_code", ["account_id", "code_hash"], unique=True)
    op.create_table(
        "ceremony",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        _account(nullable=True),
        sa.Column("session_id", sa.Uuid()),
        sa.Column("expires_at", TIME, nullable=False),
        sa.CheckConstraint("(account_id IS NULL) = (session_id IS NULL)", name="ceremony_whose"),
    )
    op.create_index("ceremony_token_key", "ceremony", ["token_hash"], unique=True)
    op.create_index("ceremony_expires", "ceremony", ["expires_at"])
    op.create_table(
        "linked_identity",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        _account(),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("linked_by", sa.Uuid()),
        sa.Column("linked_at", TIME, nullable=False),
    )
    op.create_index("linked_identity_key", "linked_identity", ["issuer", "subject"], unique=True)
    op.create_index("linked_identity_account_key", "linked_identity", ["account_id", "issuer"], unique=True)


def downgrade() -> None:
    for table in ("linked_identity", "ceremony", "recovery_code", "passkey"):
        op.drop_table(table)
