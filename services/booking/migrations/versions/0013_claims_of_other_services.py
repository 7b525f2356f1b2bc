"""Other services claim times of spaces: their newest requests, and the times that they hold."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0011"


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "claim_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("request", sa.Integer, nullable=False),
        sa.Column("title", JSONB),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("answer", JSONB, nullable=False),
        _at("answered_at"),
        sa.CheckConstraint("outcome IN ('granted', 'refused', 'released')", name="claim_request_outcome"),
    )
    op.create_table(
        "claimed_time",
        sa.Column("holder_id", sa.Uuid, primary_key=True),
        sa.Column("claim_request_id", sa.Uuid, sa.ForeignKey("claim_request.id"), nullable=False),
        sa.Column("community_id", sa.Text, nullable=False),
        sa.Column("space_ids", sa.ARRAY(sa.Uuid), nullable=False),
        _at("starts_at"),
        _at("ends_at"),
        sa.Column("people", sa.Integer, nullable=False),
        _at("expires_at", nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name="claimed_time_ends_after_start"),
        sa.CheckConstraint("cardinality(space_ids) > 0", name="claimed_time_somewhere"),
    )
    op.create_index("claimed_time_by_time", "claimed_time", ["community_id", "starts_at", "holder_id"])
    op.create_index("claimed_time_of_request", "claimed_time", ["claim_request_id"])


def downgrade() -> None:
    """Sessions of club events lose their spaces."""
    op.execute("DELETE FROM claim WHERE holder_id IN (SELECT holder_id FROM claimed_time)")
    op.drop_table("claimed_time")
    op.drop_table("claim_request")
