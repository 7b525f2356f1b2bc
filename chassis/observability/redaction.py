"""Keeps secrets and personal data out of logs: by the name of a field, and by the shape of a value."""

import re
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

HIDDEN = "[hidden]"
DEPTH = 6  # deeper than this nothing is logged

# Field names, whole or as a part between underscores or dashes: `csrf_token`, `set-cookie`, `new_password`.
_SECRET_NAME = re.compile(
    r"(^|[_\-.])(password|passwd|passphrase|secret|token|authorization|cookie|otp|pin|totp|api[_-]?key|encryption[_-]?keys?"
    r"|phone|mobile|email|e[_-]?mail|id[_-]?number|real[_-]?name|address|birthday)s?($|[_\-.])",
    re.IGNORECASE,
)
# Addresses of machines are not personal.
_PUBLIC_NAME = re.compile(r"(^|_)(public|bind|remote|peer|mac|ip)_address$")
# A one-time code; `code` is also what refusals are called by.
_CODE = re.compile(r"^\d{4,8}$")

# ASCII: a phone number right behind a Chinese character stands alone all the same.
_SHAPES = tuple(
    (re.compile(shape, flags | re.ASCII), instead)
    for shape, flags, instead in (
        (r"(?<![\w.+-])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![\w-])", 0, "[phone]"),
        (
            r"(?<![\w-])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\w-])",
            0,
            "[id number]",
        ),
        (r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", 0, "[e-mail]"),
        (r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)", 0, "[credentials]"),
        (r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE, r"\1 [hidden]"),
        (r"\bwhsec_[\w+/=-]+", 0, HIDDEN),
        (r"\beyJ[\w-]+\.[\w-]+\.[\w-]*", 0, HIDDEN),
    )
)
# Nothing of any of these shapes is without one of these, and most of what is logged is.
_SUSPECT = re.compile(r"\d{4}|@|bearer|basic|whsec_|eyj", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _PUBLIC_NAME.search(name)


def redact(value: Any, name: str = "", depth: int = 0) -> Any:
    """`value` without what must not be logged under `name`. Containers are copied, never changed."""
    if value is None or isinstance(value, bool):
        return value
    if _is_secret(name):
        return HIDDEN
    if name == "code" and _CODE.match(str(value)):
        return HIDDEN
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    if isinstance(value, dict | list | tuple | set | frozenset) and depth >= DEPTH:
        return "[…]"
    if isinstance(value, dict):
        return {key: redact(item, str(key), depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, name, depth + 1) for item in value]
    if isinstance(value, int | float):
        return redact_text(str(value)) if isinstance(value, int) and value > 10**10 else value
    return redact_text(str(value))


def redact_text(text: str) -> str:
    if not _SUSPECT.search(text):
        return text
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def processor(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor."""
    for name, value in list(event.items()):
        event[name] = redact(value, name)
    return event
