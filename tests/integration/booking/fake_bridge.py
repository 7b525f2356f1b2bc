"""A bridge of locks for tests: it may be away, lose answers, answer late, and hear a call twice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.booking.locks.bridges import BridgeFailed
from services.booking.locks.models import ValidCode

Call = tuple[str, int, tuple[ValidCode, ...]]


class FakeBridge:
    """It keeps what docs/operations.md asks of vendors: a set with a lower version than it has seen changes nothing.
    `trouble` is what happens to the next calls, one each: `away` (not heard), `lost` (heard, no answer), `late` (heard at
    `arrive`), `twice`."""

    def __init__(self) -> None:
        self.codes: dict[str, tuple[ValidCode, ...]] = {}
        self.versions: dict[str, int] = {}
        self.trouble: list[str] = []
        self.under_way: list[Call] = []
        self.calls = 0

    def put_codes(self, lock_id: UUID, device: str, version: int, codes: Sequence[ValidCode], now: datetime) -> None:
        self.calls += 1
        call = (device, version, tuple(codes))
        match self.trouble.pop(0) if self.trouble else "":
            case "away":
                raise BridgeFailed("unreachable")
            case "late":
                self.under_way.append(call)
                raise BridgeFailed("timeout")
            case "lost":
                self._hear(call)
                raise BridgeFailed("timeout")
            case "twice":
                self._hear(call)
        self._hear(call)

    def arrive(self) -> None:
        """What is still under way is heard, the latest first."""
        while self.under_way:
            self._hear(self.under_way.pop())

    def opens(self, device: str, now: datetime) -> set[tuple[UUID, str]]:
        """(booking, code) of the codes that open the lock at `now` or later."""
        return {(one.booking_id, one.code) for one in self.codes.get(device, ()) if one.valid_until > now}

    def _hear(self, call: Call) -> None:
        device, version, codes = call
        if version >= self.versions.get(device, 0):
            self.versions[device], self.codes[device] = version, codes
