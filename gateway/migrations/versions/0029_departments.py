"""Departments in the directory, and the departments of members of staff, whose change clears the caches of sessions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0029"
down_revision = "0028"

CHECK = "departments = '{}' OR party = 'staff'"


def upgrade() -> None:
    op.create_table(
        "department",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("department_id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("name", JSONB, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("communities", ARRAY(sa.Text())),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("announced", sa.Integer(), nullable=False),
    )
    op.add_column("account", sa.Column("departments", ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")))
    op.create_check_constraint("account_departments_check", "account", CHECK, postgresql_not_valid=True)
    op.execute(
        """
        CREATE TRIGGER account_departments_notify_of_sessions AFTER UPDATE OF departments ON account
        FOR EACH STATEMENT EXECUTE FUNCTION notify_of_sessions()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER account_departments_notify_of_sessions ON account")
    op.drop_column("account", "departments")
    op.drop_table("department")
