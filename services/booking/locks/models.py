"""Locks of doors, the code of a booking, and what a lock was told: tables and rules, without I/O."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from cryptography.fernet import InvalidToken
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import crypto
from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from services.booking.base import Base
from services.booking.interface.locks import LOCK_KINDS

# A code is made so long before it is valid. Locks keep few codes, and most changes of bookings come before.
AHEAD = timedelta(hours=48)
DIGITS = 6
# A lock is told again after this, also if nothing has changed: perhaps somebody has replaced its battery.
REFRESH = timedelta(hours=6)
# Longer than a call to a bridge can take. After that another replica may call.
LEASE = timedelta(seconds=30)
SLOWEST = timedelta(seconds=60)  # between two attempts

# What a lock has or should have: (fingerprint of the code, valid from, valid until) by booking, as JSON.
CodeSet = dict[str, list[str]]


class DoorLock(Aggregate, Base):
    """A lock. One of the kind `http` is known to `bridge` (a name in LINLI_LOCK_BRIDGES) as `device`. One of the kind `porter`
    is no device: people read the codes from a list. A lock that is not `active` opens for nobody's code."""

    __tablename__ = "door_lock"

    name: Mapped[dict[str, Any]]
    kind: Mapped[str]
    bridge: Mapped[str | None]
    device: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))

    __table_args__ = (
        UniqueConstraint("id", "community_id", name="door_lock_of_community"),
        # Two rows for one device would overwrite the codes of each other.
        UniqueConstraint("bridge", "device", name="door_lock_device"),
        one_of("kind", LOCK_KINDS, "door_lock_kind"),
        CheckConstraint(
            "(kind = 'http') = (bridge IS NOT NULL) AND (kind = 'http') = (device IS NOT NULL)", name="door_lock_reached"
        ),
        Index("door_lock_by_community", "community_id", "id"),
    )


class LockState(Base):
    """What the lock of a bridge was told. `told` is the set of codes that its bridge has confirmed under `version`. `sending`
    is the set of the call that is under way, until `leased_until`. Versions only grow, and a bridge ignores a lower one than
    it has seen: so an answer that was lost, and a call that arrives late, do no harm."""

    __tablename__ = "door_lock_state"

    lock_id: Mapped[UUID] = mapped_column(ForeignKey("door_lock.id"), primary_key=True)
    community_id: Mapped[str]
    version: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    told: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    told_at: Mapped[datetime | None]
    sending: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    leased_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    next_try_at: Mapped[datetime | None]
    problem: Mapped[str | None]

    def is_due(self, wanted: Mapping[str, Any], now: datetime) -> bool:
        """Whether the lock must be told `wanted` now: it has other codes, or has not been told for long, and nobody is
        calling."""
        if (self.leased_until or now) > now or (self.next_try_at or now) > now:
            return False
        return self.told_at is None or self.told != wanted or self.told_at <= now - REFRESH

    def begin(self, wanted: CodeSet, now: datetime) -> int:
        """Note that a call with `wanted` begins. Returns its version. It is at least the time in milliseconds, so that it is
        higher than all before also after the database was restored from a backup."""
        self.version = max(self.version + 1, int(now.timestamp() * 1000))
        self.sending, self.leased_until = wanted, now + LEASE
        return self.version

    def succeed(self, version: int, now: datetime) -> None:
        """The bridge has confirmed `version`. The answer to an earlier call changes nothing: a later one may have been lost."""
        if version == self.version and self.sending is not None:
            self.told, self.told_at = self.sending, now
            self._end()
            self.failing_since, self.tries, self.next_try_at, self.problem = None, 0, None, None

    def fail(self, version: int, problem: str, now: datetime) -> None:
        """The call with `version` has failed, or nobody knows. `problem` is a code without the address."""
        if version == self.version and self.sending is not None:
            self._end()
            self.failing_since = self.failing_since or now
            self.next_try_at = now + min(SLOWEST, timedelta(seconds=2**self.tries))
            self.tries, self.problem = min(self.tries + 1, 10), problem

    def change_device(self) -> None:
        """The lock is another device now, which has none of the codes. The answer to a call that is under way is about the
        device before, so it changes nothing."""
        self._end()
        self.version += 1
        self.told, self.told_at = {}, None
        self.failing_since, self.tries, self.next_try_at, self.problem = None, 0, None, None

    def _end(self) -> None:
        self.sending = self.leased_until = None


class DoorCode(Base):
    """The code of a booking in a space, encrypted. Two codes that are valid at the same time in a community differ
    (`code_index` is a keyed hash). It counts only while the booking is confirmed, in this space and at this time."""

    __tablename__ = "door_code"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    community_id: Mapped[str]
    space_id: Mapped[UUID] = mapped_column(ForeignKey("space.id"))
    sealed_code: Mapped[bytes]
    code_index: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    made_at: Mapped[datetime]

    __table_args__ = (
        ExcludeConstraint(
            ("community_id", "="),
            ("code_index", "="),
            (func.tstzrange(text("valid_from"), text("valid_until")), "&&"),
            name="door_code_unique_meanwhile",
            using="gist",
        ),
        CheckConstraint("valid_from < valid_until", name="door_code_lasts"),
        Index("door_code_ends", "valid_until"),
    )

    @property
    def code(self) -> str | None:
        """The digits; None if no configured key can decrypt them."""
        try:
            return crypto.decrypt(self.sealed_code).decode()
        except InvalidToken:
            return None

    @property
    def is_of_older_key(self) -> bool:
        """Whether `renew` would change it. False if no configured key can decrypt it."""
        code = self.code
        return code is not None and (self.code_index != index_of(code) or not crypto.is_newest(self.sealed_code))

    def renew(self) -> None:
        """Encrypt and index it again with the newest keys. It must be readable."""
        self.code_index = index_of(crypto.decrypt(self.sealed_code).decode())
        self.sealed_code = crypto.rotate(self.sealed_code)


@dataclass(frozen=True, slots=True)
class ValidCode:
    """A code as a lock is told it. Times are aware."""

    booking_id: UUID
    code: str
    valid_from: datetime
    valid_until: datetime


def index_of(code: str) -> str:
    """The keyed hash by which two equal codes are found."""
    return crypto.fingerprint(f"door code {code}")


def is_easy(code: str) -> bool:
    """Whether people would guess the code: few different digits, a run such as 4567, or a part that repeats."""
    steps = [int(after) - int(before) for before, after in pairwise(code)]
    run = any(steps[at : at + 3] in ([1, 1, 1], [-1, -1, -1]) for at in range(len(steps)))
    repeats = code[:3] == code[3:] or code[:2] * 3 == code or code == code[::-1]
    return len(set(code)) < 3 or run or repeats


def new_code(draw: Callable[[int], int] = secrets.randbelow) -> str:
    """A new code of DIGITS digits that is not easy to guess."""
    while is_easy(code := f"{draw(10**DIGITS):0{DIGITS}}"):
        pass
    return code
