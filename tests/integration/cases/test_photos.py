"""Which photos belong to a case, for the gateway, which keeps them."""

from uuid import uuid4

import pytest

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden
from tests.integration.cases.conftest import District

GATEWAY = Identity(party="system", scopes=frozenset({"gateway"}))


def test_photos_of_cases_are_found_with_their_anonymity(district: District) -> None:
    named, anonymous, other, nowhere = (uuid4() for _ in range(4))
    district.report(district.wang, photo_ids=[named, other])
    district.report(district.wang, photo_ids=[anonymous], anonymous=True)
    found = district.do("find_photos", GATEWAY, photo_ids=[named, anonymous, nowhere])
    assert found == {named: False, anonymous: True}


def test_nobody_else_asks(district: District) -> None:
    for acting in (district.clerk, district.supervisor, district.admin):
        with pytest.raises(Forbidden):
            district.do("find_photos", acting, photo_ids=[uuid4()])
