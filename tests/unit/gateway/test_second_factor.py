"""Who must have a second factor, and from when; and codes of an authenticator."""

import runpy
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from cryptography.fernet import Fernet

from chassis.rpc.communities import DISTRICT, Communities
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.directory.models import THE_DISTRICT
from gateway.directory.second_factor import EVERYBODY, Demand, needed_from
from gateway.factors import recovery_codes, totp
from gateway.web import qr

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
LIUYI, NORTH = Communities.only("liuyi"), Communities.only("north")


def demand(*roles: str, since: datetime = NOW) -> Demand:
    return Demand(frozenset(roles), since)


@pytest.mark.parametrize(
    ("demands", "roles", "reach", "since"),
    [
        ({}, {"admin"}, DISTRICT, None),
        ({THE_DISTRICT: demand("admin")}, {"admin"}, LIUYI, NOW),
        ({THE_DISTRICT: demand("admin")}, {"clerk"}, LIUYI, None),
        ({THE_DISTRICT: demand("admin", "clerk")}, {"clerk", "handler"}, LIUYI, NOW),
        ({THE_DISTRICT: demand(EVERYBODY)}, set(), LIUYI, NOW),
        ({"liuyi": demand(EVERYBODY)}, {"clerk"}, LIUYI, NOW),
        ({"liuyi": demand(EVERYBODY)}, {"clerk"}, NORTH, None),
        ({"liuyi": demand(EVERYBODY)}, {"clerk"}, Communities.only("liuyi", "north"), NOW),
        ({"liuyi": demand(EVERYBODY)}, {"clerk"}, DISTRICT, NOW),
        ({"liuyi": demand("clerk"), THE_DISTRICT: demand(EVERYBODY, since=LATER)}, {"clerk"}, LIUYI, NOW),
        ({"liuyi": demand("clerk"), THE_DISTRICT: demand(EVERYBODY, since=LATER)}, {"handler"}, LIUYI, LATER),
    ],
)  # fmt: skip
def test_who_needs_one_and_from_when(
    demands: dict[str, Demand], roles: set[str], reach: Communities, since: datetime | None
) -> None:
    assert needed_from(demands, roles, reach) == since


PERSONAL = PersonalFields([Fernet.generate_key().decode()], ["a-key-of-the-index"])


def with_authenticator(secret: str) -> Account:
    return Account(totp_secret=PERSONAL.seal(secret), totp_confirmed_at=NOW, totp_last_step=None)


@pytest.mark.parametrize(("off", "right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_one_step_of_clock_error(off: int, right: bool) -> None:
    secret = pyotp.random_base32()
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=off))
    assert totp.accepts(with_authenticator(secret), PERSONAL, code, NOW) is right


def test_a_code_counts_once_and_ends_those_before_it() -> None:
    secret = pyotp.random_base32()
    account, codes = with_authenticator(secret), [pyotp.TOTP(secret).at(NOW + timedelta(seconds=off)) for off in (-30, 0, 30)]
    assert totp.accepts(account, PERSONAL, codes[1], NOW)
    assert not totp.accepts(account, PERSONAL, codes[1], NOW)
    assert not totp.accepts(account, PERSONAL, codes[0], NOW)
    assert totp.accepts(account, PERSONAL, codes[2], NOW)


def test_an_authenticator_that_is_not_confirmed_accepts_nothing() -> None:
    """Earlier releases kept the secret there while it was being set up."""
    secret = pyotp.random_base32()
    account = with_authenticator(secret)
    account.totp_confirmed_at = None
    assert not totp.accepts(account, PERSONAL, pyotp.TOTP(secret).at(NOW), NOW)


def test_recovery_codes_are_hashed_slowly_and_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    # Read anew, because the tests of the gateway make the hashes of their process cheap.
    assert runpy.run_path(recovery_codes.__file__)["COST"][1] >= 19_456, "what a guess costs"
    monkeypatch.setattr(recovery_codes, "COST", (1, 8, 1))
    one, other = recovery_codes.make(), recovery_codes.make()
    assert len({*one.codes, *other.codes}) == 2 * recovery_codes.COUNT and one.hashed_with != other.hashed_with
    account_id = Account().id
    another = PersonalFields([Fernet.generate_key().decode()], ["another-key-of-the-index"])
    for personal in (PERSONAL, another):
        written = f" {one.codes[3].upper()} "
        assert recovery_codes.hashes_of(personal, account_id, written, [one.hashed_with]) == [one.hashes[3]]
        assert recovery_codes.hashes_of(personal, account_id, one.codes[3], [other.hashed_with])[0] not in other.hashes


def test_a_qr_code_fits_its_box_and_is_described() -> None:
    drawn = qr.svg("otpauth://totp/Linli:clerk?secret=JBSWY3DPEHPK3PXP", "<the code>")
    assert drawn.startswith("<svg") and "viewBox" in drawn and " width=" not in drawn and "style" not in drawn
    assert "&lt;the code&gt;" in drawn
