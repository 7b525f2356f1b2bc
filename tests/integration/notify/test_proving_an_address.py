"""An e-mail address is told things once a code that was mailed there has come back."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis.background.expiry import delete_expired
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import NotFound, Unauthenticated
from services.notify import upkeep
from services.notify.interface.refusals import EmailOff, TooManyCodes
from tests.integration.notify.conftest import NOW, VISITOR, Post, booking, resident
from tests.integration.notify.test_contact_points import assert_nowhere, points
from tests.integration.notify.test_sending import Provider, send

WANG, LI = resident("wang"), resident("li")
ADDRESS = "wang@example.com"
MINUTE = timedelta(minutes=1)
Give = Callable[..., tuple[str, str]]


class Mailer(Provider):
    name = "email"


@pytest.fixture
def give(post: Post, email_on: None) -> Give:
    """Give an address; returns the contact point's id and the code that was mailed there."""

    def given(who: Identity = WANG, address: str = ADDRESS, now: datetime = NOW) -> tuple[str, str]:
        put = post.ask(who, "put_contact_point", now, channel="email", address=address)
        provider = Mailer()
        assert send(post, provider, now)
        [mail] = provider.given
        assert mail.address == address
        [code] = re.findall(r"\b\d{6}\b", mail.body)
        return put["id"], code

    return given


def verify(post: Post, point: str, code: str, who: Identity = WANG, now: datetime = NOW) -> bool:
    return bool(post.ask(who, "verify_contact_point", now, contact_point_id=point, code=code)["verified"])


def wrong(*codes: str) -> str:
    return next(code for code in ("000000", "000001", "000002") if code not in codes)


def test_the_code_proves_the_address(post: Post, give: Give) -> None:
    point, code = give()
    post.hear("booking.confirmed.v1", booking())
    assert post.states("email") == ["delivered"]  # the code, and no notification yet
    assert verify(post, point, code)
    assert points(post, "wang") == [("email", ADDRESS, True)]
    post.hear("booking.confirmed.v1", booking())
    assert post.states("email") == ["delivered", "queued"]


def test_neither_code_nor_address_is_readable(post: Post, give: Give) -> None:
    _, code = give()
    assert_nowhere(post, code, ADDRESS)
    assert post.published() == []


def test_a_code_lasts_a_quarter_of_an_hour(post: Post, give: Give) -> None:
    point, code = give()
    assert not verify(post, point, code, now=NOW + 15 * MINUTE)
    assert verify(post, point, code, now=NOW + 14 * MINUTE)


@pytest.mark.parametrize(("tries", "still_good"), [(4, True), (5, False)])
def test_five_wrong_codes_are_enough(post: Post, give: Give, tries: int, still_good: bool) -> None:
    point, code = give()
    for _ in range(tries):
        assert not verify(post, point, wrong(code))
    assert verify(post, point, code) is still_good


def test_two_guesses_at_once_do_not_share_a_try(post: Post, give: Give) -> None:
    point, code = give()
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(lambda _: verify(post, point, wrong(code)), range(5)))
    assert not verify(post, point, code)


def test_whichever_code_arrives_first_is_good(post: Post, give: Give) -> None:
    point, first = give()
    with pytest.raises(TooManyCodes):
        give(now=NOW + MINUTE / 2)
    again, _ = give(now=NOW + MINUTE)
    assert again == point
    assert verify(post, point, first, now=NOW + 2 * MINUTE)


def test_a_code_proves_no_other_address(post: Post, give: Give) -> None:
    _, code = give()
    other, its_own = give(address="other@example.com", now=NOW + MINUTE)
    if code != its_own:
        assert not verify(post, other, code, now=NOW + MINUTE)
    assert verify(post, other, its_own, now=NOW + MINUTE)


def test_the_proof_replaces_the_address_before_and_takes_it_from_others(post: Post, give: Give) -> None:
    post.prove("wang", "email", "old@example.com")
    post.prove("li", "email", ADDRESS)
    point, code = give()
    assert points(post, "wang") == [("email", "old@example.com", True), ("email", ADDRESS, False)]
    assert verify(post, point, code)
    assert points(post, "wang") == [("email", ADDRESS, True)]
    assert points(post, "li") == []


def test_nobody_proves_anothers_address(post: Post, give: Give) -> None:
    point, code = give()
    for stranger, refusal in ((LI, NotFound), (VISITOR, Unauthenticated)):
        with pytest.raises(refusal):
            verify(post, point, code, who=stranger)


def test_neither_an_address_is_flooded_nor_does_an_account_write_to_many(post: Post, give: Give) -> None:
    give()
    with pytest.raises(TooManyCodes):
        give(who=LI)  # the same address
    with pytest.raises(TooManyCodes):
        give(address="other@example.com")  # the same account
    give(who=LI, address="li@example.com")
    assert points(post, "wang") == [("email", ADDRESS, False)]


def test_a_proven_address_is_mailed_no_code(post: Post, email_on: None) -> None:
    post.prove("wang", "email", ADDRESS)
    assert post.ask(WANG, "put_contact_point", channel="email", address=ADDRESS)["verified"]
    assert post.states("email") == []


def test_without_a_mail_server_no_address_is_kept(post: Post) -> None:
    with pytest.raises(EmailOff):
        post.ask(WANG, "put_contact_point", channel="email", address=ADDRESS)
    assert points(post, "wang") == []


@pytest.mark.parametrize("payload", [{"code": "12345"}, {"code": "１２３４５６"}, {"code": "12345a"}, {}])
def test_what_is_no_code(post: Post, payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        post.ask(WANG, "verify_contact_point", contact_point_id=WANG.account_id, **payload)


def test_old_codes_are_forgotten(post: Post, give: Give) -> None:
    give()
    delete_expired(post.engine, upkeep.expiries(), NOW + upkeep.CODES_KEPT + 16 * MINUTE)
    assert post.rows("SELECT 1 FROM address_code") == []
