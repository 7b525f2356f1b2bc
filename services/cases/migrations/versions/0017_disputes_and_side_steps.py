"""States beside the way (asked, suspended, disputed, withdrawn, voided), and how a case ended. Rows of before stay valid."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_DATES = ("disputed_at", "withdrawn_at", "voided_at")


def upgrade() -> None:
    op.add_column("cases", sa.Column("outcome", sa.Text))
    op.add_column("cases", sa.Column("solved", sa.Boolean))
    for name in _DATES:
        op.add_column("cases", sa.Column(name, sa.DateTime(timezone=True)))
    op.drop_constraint("cases_state_known", "cases")
    op.create_check_constraint(
        "cases_state_known",
        "cases",
        "state IN ('reported', 'accepted', 'dispatched', 'settled', 'closed', 'declined', "
        "'asked', 'suspended', 'disputed', 'withdrawn', 'voided')",
        postgresql_not_valid=True,
    )
    op.create_check_constraint(
        "cases_outcome_known",
        "cases",
        "outcome IN ('solved', 'partly', 'not_possible', 'not_needed', 'handed_on')",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    """The last release knows fewer states, so each new one becomes the nearest that it knows. The history keeps the steps."""
    op.drop_constraint("cases_outcome_known", "cases")
    op.drop_constraint("cases_state_known", "cases")
    op.execute(
        "UPDATE cases SET state = CASE WHEN state IN ('withdrawn', 'voided') THEN 'declined' "
        "WHEN state = 'disputed' THEN 'settled' "
        "WHEN dispatched_at IS NOT NULL THEN 'dispatched' WHEN accepted_at IS NOT NULL THEN 'accepted' ELSE 'reported' END, "
        "declined_at = CASE WHEN state IN ('withdrawn', 'voided') THEN coalesce(withdrawn_at, voided_at) ELSE declined_at END "
        "WHERE state IN ('asked', 'suspended', 'disputed', 'withdrawn', 'voided')"
    )
    op.create_check_constraint(
        "cases_state_known",
        "cases",
        "state IN ('reported', 'accepted', 'dispatched', 'settled', 'closed', 'declined')",
        postgresql_not_valid=True,
    )
    for name in (*reversed(_DATES), "solved", "outcome"):
        op.drop_column("cases", name)
