"""Signing in, for the API and the pages alike. Each function is one transaction of the gateway's database."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.database.engine import reading, transaction
from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts import codes, contact_points, passwords, sessions, totp
from gateway.accounts.models import Account
from gateway.accounts.phones import normalised
from gateway.calls import client
from gateway.http import current, known_sessions, limits, metrics
from gateway.refusals import CodeWrong, PasswordWrong, TotpNeeded


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is told once; hand it to the client or put it in the cookie (credentials.remember)."""

    token: str
    expires_at: datetime
    account: Account


def ask_code(phone: str) -> None:
    """Send a one-time code to the phone, whether or not it is known. Raises Invalid for what is no mobile number,
    TooManyCodes, or what notify says when it cannot send."""
    phone, now, personal = normalised(phone), current.now(), current.personal()
    limits.spend(limits.CODES)
    with transaction(current.database()) as session:
        account = by_phone(session, phone)
        community = account.community_id if account else current.settings().community
        is_demo = account is not None and account.demo and current.settings().demo
        if not is_demo:
            _one_at_a_time(session, phone)
            codes.check_pace(session, personal, phone, now)
        code = codes.DEMO_CODE if is_demo else codes.fresh_code()
        # Valid before it is sent: if we fall over in between, whoever got it can use it.
        code_id = codes.issue(session, personal, phone, code, community_id=community, now=now)
    if not is_demo:
        _send(phone, code, code_id)


def with_code(phone: str, code: str) -> SignedIn:
    """Sign the resident in; a phone seen for the first time becomes a resident. Raises Invalid, CodeWrong."""
    phone, now = normalised(phone), current.now()
    limits.check(limits.SIGN_IN_FAILURES)
    with transaction(current.database()) as session:
        right = codes.redeem(session, current.personal(), phone, code, now)
        account = _resident(session, phone, now) if right else None
        if account is not None and account.in_force(current.settings().demo):
            signed_in = _open(session, account, now)
            metrics.sign_ins.labels("code", "ok").inc()
            return signed_in
    raise _refused("code", CodeWrong())


def with_password(username: str, password: str, totp_code: str | None = None) -> SignedIn:
    """Sign a member of staff in. Raises PasswordWrong, or TotpNeeded once the password was right."""
    now = current.now()
    limits.check(limits.SIGN_IN_FAILURES)
    # Spent before the password is looked at: of many guesses sent at once, no more than these are.
    limits.spend(limits.ACCOUNT_FAILURES, username.casefold())
    with reading(current.database()) as session:
        in_force = Account.where_in_force(current.settings().demo)
        known = session.scalar(select(Account).where(Account.username == username, in_force))
    # Between the transactions: hashing takes long enough to keep a connection from others.
    if not passwords.matches(known.password_hash if known else None, password) or known is None:
        raise _refused("password", PasswordWrong())
    if known.totp_enabled and totp_code is None:
        raise TotpNeeded()
    with transaction(current.database()) as session:
        # Lock: one authenticator code must not let two sign-ins through. And while the password was hashed, it may have been
        # changed or the account switched off, which has signed out all who were in.
        account = session.get_one(Account, known.id, with_for_update=True)
        right = account.password_hash == known.password_hash and account.disabled_at is None
        right = right and (not account.totp_enabled or totp.accepts(account, current.personal(), totp_code or "", now))
        signed_in = _open(session, account, now) if right else None
    # After the transaction: counting takes a connection, too.
    if signed_in is None:
        raise _refused("password", PasswordWrong())
    limits.forget(limits.ACCOUNT_FAILURES, username.casefold())
    metrics.sign_ins.labels("password", "ok").inc()
    return signed_in


def _refused(way: str, refusal: Refusal) -> Refusal:
    """Counts the failure against whoever asks."""
    metrics.sign_ins.labels(way, "refused").inc()
    limits.count(limits.SIGN_IN_FAILURES)
    return refusal


def sign_out() -> None:
    """End the session of the request; without one nothing happens."""
    if (session_id := current.access().session_id) is not None:
        with transaction(current.database()) as session:
            sessions.end(session, session_id)
            known_sessions.of_app().forget_after(session)
        current.hub().end_of(session_id)


def by_phone(session: Session, phone: str, *grounds: ColumnElement[bool]) -> Account | None:
    """The resident with this phone (E.164), if `grounds` hold for them."""
    return session.scalar(select(Account).where(Account.phone_index.in_(current.personal().indexes(phone)), *grounds))


def _open(session: Session, account: Account, now: datetime) -> SignedIn:
    token, row = sessions.open_session(session, account, now)
    return SignedIn(token, row.expires_at, account)


def _send(phone: str, code: str, code_id: UUID) -> None:
    minutes = int(codes.LIFE.total_seconds() // 60)
    try:
        client.as_gateway.notify.send_code(phone=phone, code=code, minutes=minutes)
    except Refused as refused:
        if refused.kind != "unavailable":  # then it may be on its way all the same
            with transaction(current.database()) as session:
                codes.take_back(session, code_id)
        raise


def _one_at_a_time(session: Session, phone: str) -> None:
    """Requests for codes of one phone wait for each other, so that all of them are counted."""
    key = int.from_bytes(current.personal().index(phone)[:8], signed=True)
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _resident(session: Session, phone: str, now: datetime) -> Account:
    """The phone's account, made on first sign-in."""
    if (known := by_phone(session, phone)) is not None:
        return known
    personal = current.personal()
    account = Account(
        community_id=current.settings().community,
        party="resident",
        phone=personal.seal(phone),
        phone_index=personal.index(phone),
        key_id=personal.key_id,
        language=current.language(),
        contact_due=True,
        created_at=now,
        grants=[],
    )
    try:
        with session.begin_nested():
            session.add(account)
        session.execute(text(f"NOTIFY {contact_points.CHANNEL}"))
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "account_phone_key":
            raise
        # The same person signed in elsewhere at this moment.
        return session.execute(select(Account).where(Account.phone_index == personal.index(phone))).scalar_one()
    return account
