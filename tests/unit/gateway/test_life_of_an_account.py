"""When somebody is asked to agree, and how an erasure goes from one state to the next."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from gateway.consents.models import GRACE, ask, surely_needs_guardian
from gateway.erasure.models import BEFORE_NOTIFY, Erasure, ErasureAnswer, as_stored, new_number
from gateway.refusals.own_data import ErasureNotRequested

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def asked(version: int, agreed: int, since: datetime = NOW) -> tuple[bool, bool] | None:
    found = ask("liuyi", version, since, agreed, NOW)
    return found and (found.changed, found.needed)


def test_whoever_never_agreed_must_and_whoever_agreed_to_an_earlier_text_may_take_some_time() -> None:
    assert asked(0, 0) is None, "there is no notice"
    assert asked(1, 0) == (False, True)
    assert asked(2, 2) is None
    assert asked(3, 2) == (True, False)
    assert asked(3, 2, NOW - GRACE - timedelta(seconds=1)) == (True, True)
    assert asked(3, 0, NOW - GRACE * 2) == (False, True)


@pytest.mark.parametrize(("year", "needs"), [(None, False), (2013, True), (2012, False), (1944, False), (2026, True)])
def test_a_child_is_known_by_the_year_only_if_every_birthday_of_it_is_under_14(year: int | None, needs: bool) -> None:
    assert surely_needs_guardian(year, NOW) is needs


def erasure() -> Erasure:
    return Erasure.request(uuid4(), "liuyi", NOW, timedelta(days=30), by=None, reason=None)


def answered(of: Erasure, service: str) -> bool:
    return of.hear(ErasureAnswer(erasure_id=of.id, service=service, erased=[], kept=[], at=NOW), NOW)


def test_it_can_be_kept_until_it_begins() -> None:
    one = erasure()
    one.keep()
    assert one.state == "kept"
    late = erasure()
    late.close(NOW)
    with pytest.raises(ErasureNotRequested):
        late.keep()


@pytest.mark.parametrize("order", [("booking", "cases", "events"), ("events", "booking", "cases")])
def test_notify_is_told_after_the_three_and_only_once(order: tuple[str, ...]) -> None:
    one = erasure()
    one.close(NOW)
    one.begin(NOW)
    assert not answered(one, "gateway")
    assert [answered(one, service) for service in order] == [False, False, True]
    assert [answered(one, service) for service in order] == [False, False, False], "a second answer changes nothing"
    assert (one.state, one.waits_for) == ("reporting", ["notify"])
    assert not answered(one, "notify")
    assert (one.state, one.done_at, one.account_id, one.waits_for) == ("done", NOW, None, [])
    assert len(one.answers) == len(BEFORE_NOTIFY) + 2


def test_each_message_has_a_version_of_its_own() -> None:
    one = erasure()
    versions = [one.version]
    for step in (one.close, one.begin):
        step(NOW)
        versions.append(one.version)
    for service in sorted(BEFORE_NOTIFY):
        answered(one, service)
    assert len({*versions, one.version}) == 4


def test_a_number_is_found_as_people_type_it() -> None:
    number = new_number()
    assert as_stored(number) == number
    assert as_stored(number.lower().replace("-", " ")) == number
    assert as_stored(number.replace("0", "o").replace("1", "l")) == number
    assert len({new_number() for _ in range(100)}) == 100
