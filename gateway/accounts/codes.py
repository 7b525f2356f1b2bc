"""One-time codes: six digits, valid for five minutes and five tries.

All codes that were sent to a phone are valid until one of them is used. A request for another code does not invalidate the
earlier ones. Who asked for a code has tries of their own: a stranger who guesses at somebody's phone only uses up those of all
others.
"""

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, delete, func, select, update

from gateway.accounts.call import AccountCall
from gateway.accounts.models import OneTimeCode
from gateway.accounts.personal import PersonalFields
from gateway.refusals.sign_in import TooManyCodes

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
        tries_elsewhere=TRIES,
        client_index=call.personal.index(call.accounts.client) if call.accounts.client else None,
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
    """If `code` is one of the phone's codes, invalidate all of them and return True. Each guess costs each of them a try before
    the comparison, so each code is compared with at most TRIES guesses of who asked for it, and TRIES of all others. The
    caller commits in both cases."""
    of_phone = OneTimeCode.phone_index.in_(call.personal.indexes(phone))
    asked = OneTimeCode.client_index.in_(call.personal.indexes(call.accounts.client))
    has_tries = case((asked, OneTimeCode.tries_left), else_=OneTimeCode.tries_elsewhere) > 0
    # Locked in the order of ids, or two guesses could wait for each other. After the wait PostgreSQL checks the tries again:
    # a guess that waited for the right one finds no code. Times cannot tell this, because each guess has its own.
    usable = (
        select(OneTimeCode.id)
        .where(of_phone, OneTimeCode.expires_at > call.now, has_tries)
        .order_by(OneTimeCode.id)
        .with_for_update()
        .cte("usable")
    )
    take_a_try = (
        update(OneTimeCode)
        .where(OneTimeCode.id.in_(select(usable.c.id)), has_tries)
        .values(
            tries_left=OneTimeCode.tries_left - case((asked, 1), else_=0),
            tries_elsewhere=OneTimeCode.tries_elsewhere - case((asked, 0), else_=1),
        )
        .returning(OneTimeCode.code_hash)
    )
    right = _is_one_of(call.session.scalars(take_a_try).all(), call.personal, _code_of(phone, code))
    if right:
        call.session.execute(update(OneTimeCode).where(of_phone).values(tries_left=0, tries_elsewhere=0))
    return right


def _is_one_of(hashes: Sequence[bytes], personal: PersonalFields, code: str) -> bool:
    guessed = personal.indexes(code)
    return any(hmac.compare_digest(known, guess) for known in hashes for guess in guessed)


def _code_of(phone: str, code: str) -> str:
    """The text that is hashed. It contains the phone, because a code is valid for its phone only."""
    return f"{phone} {code}"
