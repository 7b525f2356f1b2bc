"""The CHECKs of 0005 hold for the rows from before too. They are validated apart, so that nobody waits for the scan."""

from alembic import op

revision = "events_0005b"
down_revision = "events_0005"


def upgrade() -> None:
    op.execute("ALTER TABLE club_session VALIDATE CONSTRAINT club_session_own_place")
    op.execute("ALTER TABLE club_event VALIDATE CONSTRAINT club_event_state_known")


def downgrade() -> None:
    pass  # a constraint cannot become unchecked again, and need not
