"""Where residents who have entered a lottery live, since when that is known, and whom staff have admitted. The last release
does not know the columns: the homes of its entries stay unknown."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"


def upgrade() -> None:
    op.add_column("lottery_entry", sa.Column("home_id", sa.Text))
    op.add_column("lottery_entry", sa.Column("home_since", sa.DateTime(timezone=True)))
    op.add_column("lottery_entry", sa.Column("admitted", sa.Boolean, nullable=False, server_default=sa.text("false")))


def downgrade() -> None:
    for column in ("home_id", "home_since", "admitted"):
        op.drop_column("lottery_entry", column)
