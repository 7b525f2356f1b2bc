"""Where people can be reached: whose an address is, and who may see it."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from marshmallow import ValidationError
from sqlalchemy import text

from chassis.config import settings
from chassis.database.engine import transaction
from chassis.rpc.refusal import Forbidden, NotFound, Unauthenticated, VersionMismatch
from services.notify import upkeep
from tests.integration.notify.conftest import GATEWAY, NOW, PHONE, VISITOR, Post, account_id, booking, resident

WANG, LI = resident("wang"), resident("li")


def points(post: Post, name: str) -> list[tuple[str, str, bool]]:
    items = post.ask(resident(name), "list_contact_points")["items"]
    return [(item["channel"], item["address"], item["verified"]) for item in items]


def test_an_address_of_ones_own_waits_for_its_proof(post: Post, email_on: None) -> None:
    put = post.ask(WANG, "put_contact_point", channel="email", address="Wang@Example.com")
    assert (put["address"], put["verified"], put["version"]) == ("wang@example.com", False, 1)
    proven = post.prove("wang", "email", "wang@example.com")
    assert (proven["id"], proven["verified"], proven["version"]) == (put["id"], True, 2)
    assert points(post, "wang") == [("email", "wang@example.com", True)]


def test_only_the_gateway_may_say_that_an_address_is_proven_or_speak_for_others(post: Post) -> None:
    sms = {"channel": "sms", "address": PHONE}
    with pytest.raises(Forbidden):
        post.ask(WANG, "put_contact_point", verified=True, **sms)
    with pytest.raises(Forbidden):
        post.ask(WANG, "put_contact_point", account_id=str(account_id("li")), **sms)
    with pytest.raises(Forbidden):
        post.ask(WANG, "list_contact_points", account_id=str(account_id("li")))
    with pytest.raises(Unauthenticated):
        post.ask(VISITOR, "put_contact_point", **sms)
    assert post.rows("SELECT 1 FROM contact_point") == []


def test_a_new_number_replaces_the_old_one_only_once_it_is_proven(post: Post) -> None:
    post.prove("wang", "sms", PHONE)
    post.ask(WANG, "put_contact_point", channel="sms", address="19900000008")
    post.ask(WANG, "put_contact_point", channel="sms", address="19900000009")
    assert points(post, "wang") == [("sms", PHONE, True), ("sms", "19900000009", False)]
    post.prove("wang", "sms", "19900000009")
    assert points(post, "wang") == [("sms", "19900000009", True)]


def test_naming_a_proven_address_again_keeps_its_proof(post: Post) -> None:
    post.prove("wang", "sms", PHONE)
    again = post.ask(WANG, "put_contact_point", channel="sms", address=f"+86 {PHONE}")
    assert (again["verified"], again["version"]) == (True, 2)
    assert post.prove("wang", "sms", PHONE)["version"] == 2


def test_a_number_that_changed_hands_tells_its_new_owner_only(post: Post) -> None:
    post.prove("wang", "sms", PHONE)
    post.prove("li", "sms", PHONE)
    assert points(post, "wang") == []
    assert points(post, "li") == [("sms", PHONE, True)]
    post.hear("booking.cancelled.v1", booking("wang", cancelled_by="staff"))
    assert post.states("sms") == []


def test_addresses_are_masked_for_everybody_else(post: Post) -> None:
    assert post.prove("wang", "sms", PHONE)["address"] == "199****0001"
    answer = post.ask(GATEWAY, "list_contact_points", account_id=str(account_id("wang")))
    assert [item["address"] for item in answer["items"]] == ["199****0001"]


def test_removing_a_contact_point(post: Post) -> None:
    put = post.ask(WANG, "put_contact_point", channel="sms", address=PHONE)
    for stranger, refusal in ((LI, NotFound), (VISITOR, Unauthenticated)):
        with pytest.raises(refusal):
            post.ask(stranger, "remove_contact_point", contact_point_id=put["id"])
    with pytest.raises(VersionMismatch):
        post.ask(WANG, "remove_contact_point", contact_point_id=put["id"], expected_version=7)
    assert post.ask(WANG, "remove_contact_point", contact_point_id=put["id"]) == {"id": put["id"], "removed": True}
    with pytest.raises(NotFound):
        post.ask(WANG, "remove_contact_point", contact_point_id=put["id"])


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"channel": "sms", "address": "0394-8220000"}, "address"),
        ({"channel": "email", "address": "wang@"}, "address"),
        ({"channel": "pigeon", "address": "wang"}, "channel"),
        ({"channel": "sms", "address": PHONE, "language": "fr"}, "language"),
        ({"channel": "sms", "address": PHONE, "note": "x"}, "note"),
        ({"channel": "sms"}, "address"),
    ],
)
def test_bad_contact_points(post: Post, payload: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        post.ask(WANG, "put_contact_point", **payload)
    assert list(refused.value.messages_dict) == [field]


def test_no_table_holds_an_address_readable(post: Post, email_on: None) -> None:
    post.prove("wang", "sms", PHONE)
    post.prove("wang", "email", "wang@example.com")
    post.ask(LI, "put_contact_point", channel="sms", address="19900000002")
    post.hear("booking.cancelled.v1", booking(cancelled_by="staff"))
    assert_nowhere(post, PHONE, "19900000002", "wang@example.com")


def assert_nowhere(post: Post, *secrets: str) -> None:
    """No row of any table holds one of `secrets`, as text or as bytes."""
    tables = [row.tablename for row in post.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert "contact_point" in tables
    with post.engine.connect() as connection:
        for table in tables:
            for (row,) in connection.execute(text(f'SELECT t::text FROM "{table}" t')):  # noqa: S608
                for secret in secrets:
                    assert secret not in row, table
                    assert secret.encode().hex() not in row, table


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_what_was_encrypted_a_month_ago_is_encrypted_again(post: Post) -> None:
    post.prove("wang", "sms", PHONE)
    _renew(post, NOW)
    assert _renew(post, NOW + 2 * HOUR) == 1, "by a replica that had other keys, perhaps"
    assert _renew(post, NOW + 29 * DAY) == 0
    assert _renew(post, NOW + 31 * DAY) == 1


def test_addresses_move_to_new_keys_while_they_are_looked_up(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps of docs/operations.md, for both kinds of keys at once. The address changes hands at each of them."""
    post.prove("wang", "sms", PHONE)
    old, new = settings().encryption_keys[0], Fernet.generate_key().decode()
    index, owners = settings().index_keys[0], []
    steps = ((f"{old},{new}", f"{index},next"), (f"{new},{old}", f"next,{index}"))
    try:
        for number, (keys, index_keys) in enumerate(steps):
            _use_keys(monkeypatch, keys, index_keys)
            _renew(post, NOW)
            taker = ("li", "wang")[number]
            post.prove(taker, "sms", PHONE)
            owners.append([len(points(post, name)) for name in ("wang", "li")])
            post.prove("zhao", "sms", "19900000003")
        assert owners == [[0, 1], [1, 0]]
        post.ask(WANG, "put_contact_point", channel="sms", address=PHONE)
        assert points(post, "wang") == [("sms", PHONE, True)], "it is still known as proven"
        while _renew(post, NOW + 2 * HOUR):
            pass
        _use_keys(monkeypatch, new, "next")  # the old ones are retired
        assert points(post, "wang") == [("sms", PHONE, True)]
        assert points(post, "zhao") == [("sms", "19900000003", True)]
        post.prove("li", "sms", "19900000003")
        assert points(post, "zhao") == [], "it was found by its new index"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_replica_that_still_has_the_old_keys_leaves_nothing_behind(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The replicas are restarted one after the other."""
    old, new = settings().encryption_keys[0], Fernet.generate_key().decode()
    index = settings().index_keys[0]
    try:
        _use_keys(monkeypatch, f"{new},{old}", f"next,{index}")
        assert _renew(post, NOW) == 0
        _use_keys(monkeypatch, f"{old},{new}", f"{index},next")
        post.ask(
            GATEWAY,
            "put_contact_point",
            NOW + HOUR / 2,
            channel="sms",
            address=PHONE,
            verified=True,
            account_id=str(account_id("wang")),
        )
        _use_keys(monkeypatch, f"{new},{old}", f"next,{index}")
        assert _renew(post, NOW + 2 * HOUR) == 1
        _use_keys(monkeypatch, new, "next")
        assert points(post, "wang") == [("sms", PHONE, True)]
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def _renew(post: Post, now: Any) -> int:
    with transaction(post.engine) as session:
        return upkeep.renew_addresses(session, now)


def _use_keys(monkeypatch: pytest.MonkeyPatch, keys: str, index_keys: str) -> None:
    monkeypatch.setenv("LINLI_ENCRYPTION_KEYS", keys)
    monkeypatch.setenv("LINLI_INDEX_KEYS", index_keys)
    settings.cache_clear()
