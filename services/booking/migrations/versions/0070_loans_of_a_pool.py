"""A pool is handed out in parts. Loans are found by who handed them out and took them back, for an erasure."""

from sqlalchemy import text

from chassis.database import concurrent_indexes

revision = "0070"
down_revision = "0069"

_OUT = text("returned_at IS NULL AND unit_id IS NULL")


def upgrade() -> None:
    concurrent_indexes.create_index(
        "equipment_loan_out_of_pool", "equipment_loan", ["booking_id", "kind_id"], postgresql_where=_OUT
    )
    concurrent_indexes.drop_index("equipment_loan_of_pool", "equipment_loan")
    concurrent_indexes.create_index("equipment_loan_handed_out_by", "equipment_loan", ["handed_out_by"])
    concurrent_indexes.create_index("equipment_loan_returned_by", "equipment_loan", ["returned_by"])


def downgrade() -> None:
    concurrent_indexes.drop_index("equipment_loan_returned_by", "equipment_loan")
    concurrent_indexes.drop_index("equipment_loan_handed_out_by", "equipment_loan")
    concurrent_indexes.create_index(
        "equipment_loan_of_pool", "equipment_loan", ["booking_id", "kind_id"], unique=True, postgresql_where=_OUT
    )
    concurrent_indexes.drop_index("equipment_loan_out_of_pool", "equipment_loan")
