"""One-time codes: six digits, valid for five minutes and five tries.

All codes that were sent to a phone are valid until one of them is used. A request for another code does not invalidate the
earlier ones.
"""

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from gateway.accounts.call import AccountCall
from gateway.accounts.models import OneTimeCode
from gateway.accounts.personal import PersonalFields
from gateway.refusals import TooManyCodes

VALID_FOR = timedelta(minutes=5)
TRIES = 5
# The largest number of codes for one phone: (within, at most). It limits the cost of messages and the number of guesses.
LIMITS = ((timedelta(minutes=15), 5), (timedelta(days=1), 20))


def random_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


def issue(call: AccountCall, phone: str, code: str, *, community_id: str) -> UUID:
    """Make `code` a valid code of the phone, in addition to earlier ones. Returns an id for `take_back`."""
    issued = OneTimeCode(
        community_id=community_id,
        phone_index=call.personal.index(phone),
        code_hash=call.personal.index(_code_of(phone, code)),
        tries_left=TRIES,
        created_at=call.now,
        expires_at=call.now + VALID_FOR,
    )
    call.session.add(issued)
    call.session.flush()
    return issued.id


def take_back(call: AccountCall, code_id: UUID) -> None:
    """Delete a code that could not be sent. It does not count against the limits."""
    call.session.execute(delete(OneTimeCode).where(OneTimeCode.id == code_id))


def check_pace(call: AccountCall, phone: str) -> None:
    """Raises TooManyCodes if too many codes were sent to the phone."""
    of_phone = OneTimeCode.phone_index.in_(call.personal.indexes(phone))
    for within, at_most in LIMITS:
        recent = select(func.count(), func.min(OneTimeCode.created_at)).where(
            of_phone, OneTimeCode.created_at > call.now - within
        )
        sent, oldest = call.session.execute(recent).one()
        if sent >= at_most:
            raise TooManyCodes(retry_after=(oldest + within - call.now).total_seconds())


def redeem(call: AccountCall, phone: str, code: str) -> bool:
    """If `code` is one of the phone's codes, invalidate all of them and return True. A wrong code costs each of them a try, so
    each code is compared with at most TRIES guesses. The caller commits in both cases."""
    valid = call.session.scalars(
        select(OneTimeCode)
        .where(OneTimeCode.phone_index.in_(call.personal.indexes(phone)), OneTimeCode.expires_at > call.now)
        .order_by(OneTimeCode.id)
        .with_for_update()  # lock: two simultaneous guesses must cost two tries
    ).all()
    right = _is_one_of(valid, call.personal, _code_of(phone, code))
    for row in valid:
        row.tries_left -= 1
        if right or row.tries_left <= 0:
            row.expires_at = call.now
    return right


def _is_one_of(rows: Sequence[OneTimeCode], personal: PersonalFields, code: str) -> bool:
    hashes = personal.indexes(code)
    return any(hmac.compare_digest(row.code_hash, known) for row in rows for known in hashes)


def _code_of(phone: str, code: str) -> str:
    """The text that is hashed. It contains the phone, because a code is valid for its phone only."""
    return f"{phone} {code}"
