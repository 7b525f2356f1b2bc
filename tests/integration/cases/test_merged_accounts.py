"""Cases of a merged account belong to the one that stays; the history says who acted then."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.cases.merged_accounts import use_cases
from tests.integration.cases.conftest import District

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def test_the_cases_move_and_the_history_stays(district: District) -> None:
    stays, goes = uuid4(), UUID(district.wang.account_id)
    case = district.report(district.wang).case
    for _ in range(2):
        with transaction(district.engine) as session:
            use_cases.account_merged(Call(session, NOW), account_id=goes, into=stays, merged_at=NOW)
    with district.engine.connect() as connection:
        [row] = connection.execute(text("SELECT reporter_id, version FROM cases WHERE id = :id"), {"id": case.id})
        actors = (
            connection.execute(text("SELECT actor_id FROM case_history WHERE case_id = :id"), {"id": case.id}).scalars().all()
        )
    assert (row.reporter_id, row.version) == (stays, case.version)
    assert actors == [goes]
