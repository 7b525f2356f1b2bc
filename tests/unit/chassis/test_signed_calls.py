"""What the signature of a call covers, and which keys are believed."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from chassis.config import settings
from chassis.rpc import signed_calls, signing
from chassis.rpc.context import CallContext, ForgedContext, OtherRelease
from chassis.rpc.identity import Identity
from chassis.rpc.signed_calls import Request, sign, verify
from chassis.rpc.signing import SigningKey, UntrustedKey, VerifyKeys

KEY = SigningKey(signing.new_key())
KEYS = VerifyKeys([KEY.public])
BODY = b'{"args": [{"space_id": "7"}], "kwargs": {}}'
REQUEST = Request("booking.book_space", BODY, call_id="c1", reply_to="r1")
CONTEXT = CallContext(Identity("wang", "resident"), deadline=time.time() + 5, correlation_id="c", idempotency_key="k")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A LINLI_HOME without keys."""
    monkeypatch.setenv("LINLI_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


def test_a_signed_call_is_believed_with_all_that_it_says() -> None:
    assert verify(sign(CONTEXT, REQUEST, KEY), REQUEST, KEYS) == CONTEXT


@pytest.mark.parametrize(
    "change",
    [
        {"method": "booking.cancel_booking"},
        {"method": "cases.book_space"},
        {"body": BODY.replace(b"7", b"8")},
        {"body": BODY.replace(b" ", b"")},  # the same JSON in other bytes
        {"call_id": "c2"},
        {"reply_to": "r2"},
        {"reply_to": ""},
    ],
)
def test_a_signature_holds_for_one_call_only(change: dict[str, Any]) -> None:
    with pytest.raises(ForgedContext):
        verify(sign(CONTEXT, REQUEST, KEY), replace(REQUEST, **change), KEYS)


def test_nothing_in_a_signed_call_can_be_changed() -> None:
    signed, _, signature = sign(CONTEXT, REQUEST, KEY).rpartition(".")
    claims = orjson.loads(signed)
    assert set(claims) == {"kid", "at", "to", "sha256", "id", "reply"} | set(CONTEXT.to_claims())
    assert orjson.dumps(claims).decode() == signed
    for name in claims:
        changed = orjson.dumps(claims | {name: "another"}).decode()
        with pytest.raises(ForgedContext):
            verify(f"{changed}.{signature}", REQUEST, KEYS)


@pytest.mark.parametrize("token", [None, 1, "", ".", "{}.", "[].AAAA", "{}.AAAA", "\ud800.AAAA", '{"kid": "x"}.A', "1.x"])
def test_what_is_no_signed_call_is_refused(token: object) -> None:
    with pytest.raises(ForgedContext):
        verify(token, REQUEST, KEYS)


def test_a_key_that_is_not_trusted_signs_nothing() -> None:
    with pytest.raises(ForgedContext):
        verify(sign(CONTEXT, REQUEST, SigningKey(signing.new_key())), REQUEST, KEYS)


def test_a_genuine_call_of_another_release_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CallContext, "to_claims", lambda self: {"who": {}})
    with pytest.raises(OtherRelease):
        verify(sign(CONTEXT, REQUEST, KEY), REQUEST, KEYS)


def test_keys_change_with_an_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps of docs/operations.md: no call is refused at any of them."""
    old, new = SigningKey(signing.new_key()), SigningKey(signing.new_key())
    steps = [
        ((old.public,), (old.public, new.public), old),  # services know the new key, one after the other
        ((old.public, new.public), (old.public, new.public), old),
        ((old.public, new.public), (old.public, new.public), new),  # the gateway signs with it
        ((old.public, new.public), (new.public,), new),  # services forget the old one
    ]
    for one, other, signs in steps:
        for replica in (one, other):
            assert verify(sign(CONTEXT, REQUEST, signs), REQUEST, VerifyKeys(replica)) == CONTEXT
    with pytest.raises(ForgedContext):
        verify(sign(CONTEXT, REQUEST, old), REQUEST, VerifyKeys([new.public]))


# --- where keys come from ---


def test_a_pair_is_generated_and_the_private_half_is_for_its_owner_alone(home: Path) -> None:
    assert signing.may_sign()
    key = signing.signing_key()
    assert key.key_id in signing.verify_keys()
    assert (home / "signing-key").stat().st_mode & 0o077 == 0
    assert (home / "verify-keys").read_text() == key.public
    settings.cache_clear()
    assert signing.signing_key().public == key.public, "the same after a restart"


def test_the_private_key_has_a_folder_of_its_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Compose: services mount LINLI_HOME and not LINLI_SIGNING_HOME."""
    monkeypatch.setenv("LINLI_SIGNING_HOME", str(home / "private"))
    settings.cache_clear()
    key = signing.signing_key()
    assert not (home / "signing-key").exists() and (home / "private" / "signing-key").exists()
    monkeypatch.delenv("LINLI_SIGNING_HOME")
    settings.cache_clear()
    assert key.key_id in signing.verify_keys()
    assert not signing.may_sign()
    assert not (home / "signing-key").exists()


def test_settings_win_over_files(monkeypatch: pytest.MonkeyPatch) -> None:
    signing.signing_key()
    monkeypatch.setenv("LINLI_VERIFY_KEYS", f"{KEY.public}, {SigningKey(signing.new_key()).public}")
    settings.cache_clear()
    assert KEY.key_id in signing.verify_keys()
    with pytest.raises(UntrustedKey):  # the file has another key than the services accept
        signing.signing_key()


def test_a_private_key_alone_is_enough_for_one_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_SIGNING_KEY", signing.new_key())
    settings.cache_clear()
    assert signing.signing_key().key_id in signing.verify_keys()
    assert not (home / "signing-key").exists()


@pytest.mark.parametrize(("name", "value"), [("LINLI_SIGNING_KEY", "short"), ("LINLI_VERIFY_KEYS", "short,shorter")])
def test_a_malformed_key_is_a_wrong_setting(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from environs import EnvError

    monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(EnvError, match=name):
        settings()


def test_the_header_has_a_name_of_its_own() -> None:
    """The release before ignores it and reads its own."""
    from chassis.rpc import old_calls

    assert signed_calls.HEADER != old_calls.HEADER
