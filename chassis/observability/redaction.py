"""Keeps secrets and personal data out of logs: by the name of a field, and by the shape of a value."""

import re
from collections.abc import Mapping
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
# Every text with one of these shapes has one of these marks, and most texts have none. The expression begins with a plain
# set of characters, which `re` finds without trying each alternative at each place: four times as fast.
_has_mark = re.compile(r"[0-9@_J \t\n\r\f\v](?:(?<=[0-9])[0-9]{3}|(?<=@)|(?<=whsec_)|(?<=eyJ)|(?<=[RrCc]\s))", re.ASCII).search
# Our own ids have four digits in a row more often than not, and are on most lines. None of the shapes fits them.
_is_id = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}").fullmatch
_CONTAINERS = (dict, list, tuple, set, frozenset)


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
    if isinstance(value, float):
        return value
    if isinstance(value, int):
        return redact_text(str(value)) if value > 10**10 else value
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    if isinstance(value, _CONTAINERS):
        return _redact_items(value, name, depth + 1)
    return redact_text(str(value))


def _redact_items(container: Any, name: str, depth: int) -> Any:
    if depth > DEPTH:
        return "[…]"
    if isinstance(container, dict):
        return {key: redact(item, str(key), depth) for key, item in container.items()}
    return [redact(item, name, depth) for item in container]


def redact_text(text: str) -> str:
    if not _has_mark(text) or _is_id(text):
        return text
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def redact_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a log line without what must not be logged: `redact` for each of them."""
    return {name: redact(value, name) for name, value in fields.items()}
