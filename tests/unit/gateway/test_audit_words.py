"""Every field that the audit log may name has words for people."""

import pytest

from gateway.accounts import auditing as staff
from gateway.accounts.models import Account
from gateway.directory import auditing as directory
from gateway.directory.live_settings import _facts
from gateway.directory.models import Community, Department, Grid, LiveSetting, SubDistrict
from gateway.systems import auditing as systems
from gateway.systems.models import System
from gateway.web.admin.words import FIELDS

FACTS = {
    **{row.__tablename__: directory.facts_of(row) for row in (SubDistrict(), Community(), Grid(), Department())},
    "staff": staff.facts_of(Account(grants=[], communities=[], whole_district=False)),
    "system": systems.facts_of(System(communities=[], rights=[])),
    "settings": _facts(LiveSetting()),
}


@pytest.mark.parametrize("kind", FACTS)
def test_each_field_has_a_word(kind: str) -> None:
    assert FACTS[kind] and set(FACTS[kind]) <= set(FIELDS)
