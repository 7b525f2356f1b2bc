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
    assert {photo.photo_id: photo.anonymous for photo in found} == {named: False, anonymous: True}
    assert len(found) == 2


def test_a_photo_of_two_cases_is_anonymous_if_one_of_them_is(district: District) -> None:
    photo = uuid4()
    for anonymous in (False, True, False):
        district.report(district.wang, photo_ids=[photo], anonymous=anonymous)
    found = district.do("find_photos", GATEWAY, photo_ids=[photo])
    assert [(one.photo_id, one.anonymous) for one in found] == [(photo, True)]


def test_nobody_else_asks(district: District) -> None:
    for acting in (district.clerk, district.supervisor, district.admin):
        with pytest.raises(Forbidden):
            district.do("find_photos", acting, photo_ids=[uuid4()])
