"""The codes of a door: text that proves that somebody stands at a space, or did a few minutes ago.

A code has the id of the space, a minute, and a part of an HMAC of both, whose key is made from the key of the door. So a new
key ends the display, its codes and all posters at once. The code of a poster has the minute 0, and never expires.
"""

import hmac
from base64 import b32decode, b32encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from services.booking.interface.door_refusals import DoorCodeExpired, DoorCodeUnknown
from services.booking.spaces.models import Space

# As long as somebody needs to sign in on a phone. A photo is of no use at home an hour later.
VALID_FOR: Final = timedelta(minutes=10)
_PURPOSE: Final = b"linli code of a door"
_POSTER: Final = 0
_SIGNATURE: Final = 10  # bytes; nobody can try 2^80 codes
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class DoorCode:
    """A code that was scanned, and not checked yet. `minute` counts from the epoch."""

    space_id: UUID
    minute: int
    signature: bytes

    @classmethod
    def read(cls, code: str) -> "DoorCode":
        """From the text that was scanned. Raises DoorCodeUnknown."""
        try:
            raw = b32decode(code.upper())
        except (Error, ValueError):
            raise DoorCodeUnknown() from None
        if len(raw) != 16 + 4 + _SIGNATURE:
            raise DoorCodeUnknown()
        return cls(UUID(bytes=raw[:16]), int.from_bytes(raw[16:20], "big"), raw[20:])

    @property
    def is_poster(self) -> bool:
        return self.minute == _POSTER

    def check(self, space: Space | None, now: datetime) -> Space:
        """The space with its id, if the code proves at `now` (aware) that somebody is at its door. Raises DoorCodeUnknown if it
        was made up, or the door has another key by now, DoorCodeExpired."""
        if space is None or space.door_key is None or not hmac.compare_digest(self.signature, _sign(space, self.minute)):
            raise DoorCodeUnknown()
        if self.is_poster:
            if space.door_check_in != "poster":
                raise DoorCodeUnknown()
        elif now >= valid_until(self.minute):
            raise DoorCodeExpired()
        return space


def display_code(space: Space, now: datetime) -> tuple[str, datetime] | None:
    """The code that the display shows at `now` (aware), and until when it is accepted. None if it would be of no use."""
    if space.door_check_in == "off" and not space.takes_walk_ins:
        return None
    minute = int(now.timestamp()) // _MINUTE
    return _text(space, minute), valid_until(minute)


def poster_code(space: Space) -> str | None:
    """The code of a printed poster. None if the space has no posters."""
    return _text(space, _POSTER) if space.door_key is not None and space.door_check_in == "poster" else None


def valid_until(minute: int) -> datetime:
    """When a code of that minute expires."""
    return datetime.fromtimestamp(minute * _MINUTE, UTC) + VALID_FOR


def _text(space: Space, minute: int) -> str:
    raw = space.id.bytes + minute.to_bytes(4, "big") + _sign(space, minute)
    return b32encode(raw).decode().lower()


def _sign(space: Space, minute: int) -> bytes:
    key = hmac.digest((space.door_key or "").encode(), _PURPOSE, "sha256")
    return hmac.digest(key, space.id.bytes + minute.to_bytes(4, "big"), "sha256")[:_SIGNATURE]
