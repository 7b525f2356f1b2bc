"""Staff work in a set of communities, or in the whole district. The triggers of sessions watch it too.

Accounts that the previous release makes have neither, and work in their own community.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0014"
down_revision = "0013"

CHECKS = {
    "account_communities_check": "communities = '{}' OR (party = 'staff' AND NOT whole_district)",
    "account_whole_district_check": "party = 'staff' OR NOT whole_district",
}


def upgrade() -> None:
    op.add_column("account", sa.Column("communities", ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("account", sa.Column("whole_district", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name, condition in CHECKS.items():
        op.create_check_constraint(name, "account", condition, postgresql_not_valid=True)
    op.execute(
        """
        CREATE TRIGGER account_reach_notifies_of_sessions AFTER UPDATE OF communities, whole_district ON account
        FOR EACH STATEMENT EXECUTE FUNCTION notify_of_sessions()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER account_reach_notifies_of_sessions ON account")
    op.drop_column("account", "whole_district")
    op.drop_column("account", "communities")
