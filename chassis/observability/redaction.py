"""Removes secrets and personal data from log fields, by the field's name and by the shape of the value."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

HIDDEN = "[hidden]"
DEPTH = 6  # containers nested deeper than this are not logged

# Names of secret fields. They match as a whole or as a part between underscores or dashes: `csrf_token`, `set-cookie`.
_SECRET_NAME = re.compile(
    r"(^|[_\-.])(password|passwd|passphrase|secret|token|authorization|cookie|otp|pin|totp|api[_-]?key|encryption[_-]?keys?"
    r"|phone|mobile|email|e[_-]?mail|id[_-]?number|real[_-]?name|address|birthday)s?($|[_\-.])",
    re.IGNORECASE,
)
# Addresses of machines are not personal data.
_PUBLIC_NAME = re.compile(r"(^|_)(public|bind|remote|peer|mac|ip)_address$")
# A one-time code. A field `code` may also be the code of a refusal, which is not secret.
_CODE = re.compile(r"^\d{4,8}$")

# re.ASCII, so that a Chinese character before a phone number counts as a word boundary.
_SHAPES = tuple(
    (re.compile(shape, flags | re.ASCII), replacement)
    for shape, flags, replacement in (
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
# A text with one of the shapes above always has one of these marks. Most texts have no mark. The expression begins with a
# set of characters, because `re` searches for a set four times as fast as for alternatives.
_has_mark = re.compile(r"[0-9@_J \t\n\r\f\v](?:(?<=[0-9])[0-9]{3}|(?<=@)|(?<=whsec_)|(?<=eyJ)|(?<=[RrCc]\s))", re.ASCII).search
# Most lines have ids of ours, and most ids have a mark (four digits in a row). No shape matches an id, so ids are skipped.
_is_id = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}").fullmatch
_CONTAINERS = (dict, list, tuple, set, frozenset)


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _PUBLIC_NAME.search(name)


def redact(value: Any, name: str = "", depth: int = 0) -> Any:
    """Return `value` without secrets and personal data. `name` is the name of its field. Containers are copied, not
    changed."""
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
    """Return `text` with every phone number, id number, e-mail address, credential and token replaced."""
    if not _has_mark(text) or _is_id(text):
        return text
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text


def redact_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a log line, each of them redacted."""
    return {name: redact(value, name) for name, value in fields.items()}
