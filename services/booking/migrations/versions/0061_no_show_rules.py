"""What follows from not coming, by community. A change of a rule renews the calendar's revision, as one of a limit does, so
that no booking relies on the old one."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.create_table(
        "no_show_rule",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("tolerated", sa.Integer, nullable=False),
        sa.Column("forget_days", sa.Integer, nullable=False),
        sa.Column("days_ahead", sa.Integer),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("community_id", name="no_show_rule_of_community"),
        sa.CheckConstraint("tolerated BETWEEN 0 AND 20", name="no_show_rule_tolerated"),
        sa.CheckConstraint("forget_days BETWEEN 1 AND 366", name="no_show_rule_forget_days"),
        sa.CheckConstraint("days_ahead BETWEEN 0 AND 366", name="no_show_rule_days_ahead"),
    )
    op.execute(
        """
        CREATE TRIGGER no_show_rule_revises_calendar AFTER INSERT OR UPDATE OR DELETE ON no_show_rule
        FOR EACH ROW EXECUTE FUNCTION revise_calendar('community_id')
        """
    )
    op.execute(
        """
        CREATE TRIGGER no_show_rule_emptied_revises_calendar AFTER TRUNCATE ON no_show_rule
        FOR EACH STATEMENT EXECUTE FUNCTION revise_calendar('community_id')
        """
    )
    _kinds(f"{OTHERS}, 'no_show_rule'")


def downgrade() -> None:
    op.execute("DELETE FROM calendar_change WHERE kind = 'no_show_rule'")
    _kinds(OTHERS)
    op.drop_table("no_show_rule")


def _kinds(words: str) -> None:
    op.drop_constraint("calendar_change_kind", "calendar_change")
    op.create_check_constraint("calendar_change_kind", "calendar_change", f"kind IN ({words})", postgresql_not_valid=True)


OTHERS = "'space', 'closure', 'day_hours', 'calendar_day', 'equipment', 'equipment_unit'"
