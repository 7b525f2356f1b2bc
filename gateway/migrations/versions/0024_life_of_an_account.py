"""The life of an account: kept versions of privacy notices, consents, proofs, erasures, moves to another community.

A trigger keeps each version of a notice, so that the previous release keeps them too. Kept versions and consents to them are
evidence: the text of a version cannot change.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0022"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _notices()
    _consents()
    _erasures()
    op.create_table(
        "home_move",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("from_community", sa.Text(), nullable=False),
        sa.Column("to_community", sa.Text(), nullable=False),
        sa.Column("moved_by", sa.Uuid()),
        sa.Column("moved_at", TIME, nullable=False),
    )
    op.create_index("home_move_account", "home_move", ["account_id", "id"])
    op.add_column("session", sa.Column("proved_at", TIME))


def _notices() -> None:
    op.create_table(
        "privacy_notice",
        sa.Column("community_id", sa.Text(), sa.ForeignKey("community.id"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("notice", JSONB),
        sa.Column("published_at", TIME, nullable=False, server_default=sa.func.now()),
    )
    op.execute(
        """
        CREATE FUNCTION keep_privacy_notice() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            INSERT INTO privacy_notice (community_id, version, notice)
            VALUES (NEW.id, NEW.privacy_version, NEW.privacy_notice) ON CONFLICT DO NOTHING;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER community_keeps_privacy_notice AFTER INSERT OR UPDATE OF privacy_version ON community
        FOR EACH ROW WHEN (NEW.privacy_version > 0) EXECUTE FUNCTION keep_privacy_notice()
        """
    )
    op.execute(
        """
        CREATE FUNCTION privacy_notice_is_kept() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            RAISE EXCEPTION 'published privacy notices are not changed or deleted' USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER privacy_notice_stays BEFORE UPDATE OR DELETE ON privacy_notice"
        " FOR EACH ROW EXECUTE FUNCTION privacy_notice_is_kept()"
    )


def _consents() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("notice_community", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Uuid()),
        sa.Column("agreed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["notice_community", "version"], ["privacy_notice.community_id", "privacy_notice.version"]),
        sa.UniqueConstraint("account_id", "notice_community", "version", name="consent_once"),
        sa.CheckConstraint("given_by IN ('self', 'guardian')", name="consent_given_by"),
    )
    op.execute(
        "CREATE TRIGGER consent_notifies_of_sessions AFTER INSERT OR DELETE OR TRUNCATE ON consent"
        " FOR EACH STATEMENT EXECUTE FUNCTION notify_of_sessions()"
    )


def _erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("community_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, unique=True),
        sa.Column("account_id", sa.Uuid()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("requested_by", sa.Uuid()),
        sa.Column("reason", sa.Text()),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
        sa.Column("erased_at", TIME),
        sa.Column("done_at", TIME),
        sa.CheckConstraint(
            "state IN ('requested', 'kept', 'closing', 'erasing', 'reporting', 'done')", name="erasure_state_known"
        ),
        sa.CheckConstraint("state IN ('kept', 'done') OR account_id IS NOT NULL", name="erasure_of_account"),
        sa.CheckConstraint("state <> 'done' OR account_id IS NULL", name="erasure_forgets"),
    )
    running = sa.text("state NOT IN ('kept', 'done')")
    op.create_index("erasure_running", "erasure", ["account_id"], unique=True, postgresql_where=running)
    waiting = sa.text("state IN ('requested', 'closing')")
    op.create_index("erasure_due", "erasure", ["due_at"], postgresql_where=waiting)
    op.create_table(
        "erasure_answer",
        sa.Column("erasure_id", sa.Uuid(), sa.ForeignKey("erasure.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("service", sa.Text(), primary_key=True),
        sa.Column("erased", JSONB, nullable=False),
        sa.Column("kept", JSONB, nullable=False),
        sa.Column("at", TIME, nullable=False),
    )


def downgrade() -> None:
    op.drop_column("session", "proved_at")
    for table in ("home_move", "erasure_answer", "erasure", "consent"):
        op.drop_table(table)
    op.execute("DROP TRIGGER community_keeps_privacy_notice ON community")
    op.execute("DROP FUNCTION keep_privacy_notice")
    op.drop_table("privacy_notice")
    op.execute("DROP FUNCTION privacy_notice_is_kept")
