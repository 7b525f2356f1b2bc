"""A case from report to close, as its people live it."""

from services.cases.cases.models import Case
from tests.integration.cases.conftest import District


def test_reported_to_closed(district: District) -> None:
    case: Case = district.dispatched(handler=district.handler)
    case = district.do("settle_case", district.handler, case_id=case.id, settlement="已更换灯泡")
    case = district.do("close_case", district.wang, case_id=case.id, satisfied=True, comment="很快")
    assert (case.state, case.satisfied, case.settlement, case.version) == ("closed", True, "已更换灯泡", 5)
