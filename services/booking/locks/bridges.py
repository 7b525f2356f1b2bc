"""Calls to the bridges of lock vendors: one JSON request with the whole set of codes of a lock, signed as Standard Webhooks say
(https://www.standardwebhooks.com). docs/operations.md describes it for vendors.

Only the addresses in LINLI_LOCK_BRIDGES are called, and redirects are not followed. Nobody can make this service call another
address."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import orjson
import requests

from services.booking.locks.models import ValidCode
from services.booking.settings import booking_settings

TIMEOUTS = 3.0, 5.0  # seconds to connect, and between two parts of the answer
_SECRET_PREFIX = "whsec_"  # noqa: S105 - not a secret


class BridgeFailed(Exception):
    """The bridge did not confirm. `problem` is a code that may be stored and shown: it has no address and no code."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Bridge(Protocol):
    """What Linli needs of a lock system: that a lock has exactly these codes. Issuing, changing and voiding a code are
    differences between two sets, which the bridge finds."""

    def put_codes(self, lock_id: UUID, device: str, version: int, codes: Sequence[ValidCode], now: datetime) -> None:
        """Raises BridgeFailed unless the bridge has confirmed that it has this set, or a later one."""


@dataclass(frozen=True, slots=True)
class HttpBridge:
    """A bridge at `url`. `key` signs the requests."""

    url: str
    key: bytes

    def put_codes(self, lock_id: UUID, device: str, version: int, codes: Sequence[ValidCode], now: datetime) -> None:
        body = orjson.dumps(
            {
                "device": device,
                "version": version,
                "codes": [
                    {
                        "id": str(one.booking_id),
                        "code": one.code,
                        "valid_from": one.valid_from.isoformat(),
                        "valid_until": one.valid_until.isoformat(),
                    }
                    for one in codes
                ],
            }
        )
        message_id, seconds = f"{lock_id}.{version}", str(int(now.timestamp()))
        headers = {
            "content-type": "application/json",
            "idempotency-key": message_id,
            "webhook-id": message_id,
            "webhook-timestamp": seconds,
            "webhook-signature": f"v1,{self._signature(f'{message_id}.{seconds}.'.encode() + body)}",
        }
        address = f"{self.url.rstrip('/')}/locks/{device}/codes"
        try:
            answer = requests.put(address, data=body, headers=headers, timeout=TIMEOUTS, allow_redirects=False, stream=True)
        except requests.Timeout:
            raise BridgeFailed("timeout") from None
        except requests.exceptions.SSLError:
            raise BridgeFailed("tls") from None
        except requests.RequestException:
            raise BridgeFailed("unreachable") from None
        with answer:
            if not 200 <= answer.status_code < 300:
                raise BridgeFailed(f"http_{answer.status_code}")

    def _signature(self, signed: bytes) -> str:
        return base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()


def bridge_named(name: str) -> Bridge:
    """The bridge of that name in LINLI_LOCK_BRIDGES. Raises BridgeFailed if there is none, or no secret for it."""
    url, secret = booking_settings().bridges.get(name), booking_settings().bridge_secrets.get(name)
    if not url or not secret:
        raise BridgeFailed("not_configured")
    return HttpBridge(url, base64.b64decode(secret.removeprefix(_SECRET_PREFIX)))
