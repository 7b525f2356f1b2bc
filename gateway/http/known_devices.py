"""Devices on which an account has signed in before.

Guesses of strangers must not lock out the people who work here, so a known device has an allowance of its own for its accounts.
It is known by a signed cookie: a random id, and a keyed hash of each account. The cookie signs nobody in.
"""

import hashlib
from dataclasses import dataclass
from secrets import token_hex

from flask import Flask, Response, g, request
from itsdangerous import BadSignature, Signer

from gateway.accounts.models import Account
from gateway.http import credentials, current, limits

COOKIE = "linli_device"
MOST_ACCOUNTS = 8  # the latest; a counter is shared by a few people
KEPT = 180 * 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Device:
    id: str
    accounts: tuple[str, ...]  # keyed hashes, the latest last


def install(app: Flask) -> None:
    app.extensions["linli.client"] = client  # for gateway.http.current, which this module imports
    app.after_request(_set_cookie)


def known_for(name: str) -> str | None:
    """The id of the device of this request, if somebody has signed in on it as `name` before: a user name or a phone number."""
    device = _device()
    return device.id if device is not None and _hashed(name) in device.accounts else None


def client() -> str:
    """What the client of this request is known by: its device, or else who or where it is (`limits.requester`)."""
    device = _device()
    return device.id if device is not None else limits.requester()


def remember(name: str) -> None:
    """Somebody has signed in as `name`. The device is remembered if the answer signs a browser in."""
    device, own = _device() or Device(token_hex(16), ()), _hashed(name)
    g.device = Device(device.id, (*(one for one in device.accounts if one != own), own)[-MOST_ACCOUNTS:])


def remember_staff(account: Account) -> None:
    """`remember` a member of staff who has signed in without a password. Residents who do so have no name to guess at."""
    if account.username is not None:
        remember(account.username)


def _device() -> Device | None:
    try:
        device_id, *accounts = _signer().unsign(request.cookies.get(COOKIE, "")).decode().split(".")
    except (BadSignature, UnicodeDecodeError):
        return None
    return Device(device_id, tuple(accounts))


def _hashed(name: str) -> str:
    """Nobody who reads the cookie learns a phone number from it."""
    return hashlib.sha256(_signer().get_signature(name)).hexdigest()[:16]


def _signer() -> Signer:
    config = current.settings()
    keys = [*reversed(config.secret_old), config.secret]  # the last one signs
    return Signer(keys, salt="linli-device", sep="|", key_derivation="hmac", digest_method=hashlib.sha256)


def _set_cookie(response: Response) -> Response:
    device: Device | None = g.get("device")
    if device is not None and any(one.startswith(f"{credentials.COOKIE}=") for one in response.headers.getlist("Set-Cookie")):
        value = _signer().sign(".".join((device.id, *device.accounts))).decode()
        response.set_cookie(COOKIE, value, max_age=KEPT, httponly=True, samesite="Lax", secure=request.is_secure)
    return response
