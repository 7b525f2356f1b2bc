"""Recovery codes: ten at a time, shown once. Each replaces a second factor that was lost, once.

Their hashes need no key of the installation, so they outlive a change of keys. A code has 59 bits. argon2id makes each guess
slow, so somebody with a copy of the database cannot try them all. The ten codes of a set share a salt: one hash tells whether a
code is among them.

Codes that earlier releases made have a keyed hash. They are valid until the operator removes that key.
"""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.factors.models import RecoveryCode
from gateway.offload import offload

COUNT: Final = 10
FEW: Final = 3  # with so many left, people are told to make new ones
_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without look-alikes: i, l, o, 0, 1
_LENGTH: Final = 12  # 31 ** 12 is 59 bits
COST = (2, 19_456, 1)  # of argon2id: passes, KiB, lanes. About 20 ms


@dataclass(frozen=True, slots=True)
class CodeSet:
    """New codes, and what is stored of them."""

    codes: Sequence[str]
    hashes: Sequence[bytes]
    hashed_with: str


def make() -> CodeSet:
    """New codes. It takes a while, so no connection may be held meanwhile."""
    codes = ["".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(COUNT)]
    hashed_with = "$".join(("argon2id", *map(str, COST), b64encode(secrets.token_bytes(16)).decode()))
    hashes = offload(lambda: [_slow_hash(code, hashed_with) for code in codes])
    return CodeSet(["-".join(code[start : start + 4] for start in range(0, _LENGTH, 4)) for code in codes], hashes, hashed_with)


def replace(call: AccountCall, account: Account, made: CodeSet) -> None:
    """Store the hashes of new codes; the earlier codes end. The caller has locked the account."""
    remove_all(call.session, account.id)
    for code_hash in made.hashes:
        call.session.add(
            RecoveryCode(
                community_id=account.community_id,
                account_id=account.id,
                code_hash=code_hash,
                hashed_with=made.hashed_with,
                created_at=call.now,
            )
        )


def methods(session: Session, account_id: UUID) -> Sequence[str | None]:
    """How the unused codes of the account are hashed."""
    return session.scalars(
        select(RecoveryCode.hashed_with).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)).distinct()
    ).all()


def hashes_of(personal: PersonalFields, account_id: UUID, code: str, methods: Sequence[str | None]) -> list[bytes]:
    """What is stored of a code, by each of the `methods`. Spaces, dashes and capitals do not matter. It takes a while, so no
    connection may be held meanwhile."""
    written = "".join(sign for sign in code.casefold() if sign.isalnum())
    keyed = personal.indexes(f"recovery code {account_id} {written}") if None in methods else []
    return keyed + [offload(_slow_hash, written, method) for method in methods if method is not None]


def redeem(call: AccountCall, account_id: UUID, hashes: Sequence[bytes]) -> bool:
    """Use the code with one of the `hashes`. True if it is one of the account's unused codes."""
    # One statement: of several requests with the same code at once, one uses it.
    used = update(RecoveryCode).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None), RecoveryCode.code_hash.in_(hashes)
    )
    return call.session.scalar(used.values(used_at=call.now).returning(RecoveryCode.id)) is not None


def left(session: Session, account_id: UUID) -> int:
    """How many codes are unused."""
    return (
        session.scalar(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        )
        or 0
    )


def are_outdated(session: Session, account_id: UUID) -> bool:
    """Whether there are unused codes that end with a key of the installation."""
    keyed = exists().where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None), RecoveryCode.hashed_with.is_(None)
    )
    return bool(session.scalar(select(keyed)))


def remove_all(session: Session, account_id: UUID) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def _slow_hash(code: str, hashed_with: str) -> bytes:
    """`hashed_with` is "argon2id$passes$KiB$lanes$salt", so that the cost can change later."""
    _, passes, memory, lanes, salt = hashed_with.split("$")
    return hash_secret_raw(code.encode(), b64decode(salt), int(passes), int(memory), int(lanes), hash_len=32, type=Type.ID)
