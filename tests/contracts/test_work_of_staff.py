"""`account.work_changed.v1`: what the gateway publishes, cases reads, and booking too."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gateway.accounts.models import Account
from gateway.accounts.staff.messages import work_changed
from gateway.directory.messages import CONTRACTS
from services.booking.managed_spaces.messages import WorkRead
from services.cases.reference.messages import StaffRead

AT = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("by", [str(uuid4()), None], ids=["an admin", "the operator"])
@pytest.mark.parametrize(
    ("whole_district", "communities", "where"),
    [(True, [], None), (False, ["yuxin", "liuyi"], ["liuyi", "yuxin"]), (False, [], ["liuyi"])],
    ids=["the district", "several", "their own"],
)
def test_what_is_built_keeps_the_contract_and_is_read(
    by: str | None, whole_district: bool, communities: list[str], where: list[str] | None
) -> None:
    own = {"whole_district": whole_district, "communities": communities}
    account = Account(party="staff", community_id="liuyi", disabled_at=AT, **own)
    message = work_changed(account, by, AT)
    message.contract.check(message.data)
    read = StaffRead().load(message.data)
    assert (read["active"], read["communities"]) == (False, where)
    assert str(read["changed_by"]) == str(by)


def test_the_examples_are_read() -> None:
    for example in CONTRACTS["account.work_changed.v1"].examples:
        StaffRead().load(example)
        assert WorkRead().load(example)["communities"] == ["liuyi"]
