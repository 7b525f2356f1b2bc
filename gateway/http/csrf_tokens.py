"""CSRF tokens in pages: Flask-WTF's tokens, with a new random mask in every answer.

Flask-WTF's token is a secret that does not change during a session, and pages are compressed. An attacker may be able to make a
browser load a page again and again with guesses in its address, and to see the length of the encrypted answers. A right guess
compresses better, so the attacker would learn the secret character by character (the BREACH attack). A masked token is
different in every answer.
"""

from base64 import b64decode, urlsafe_b64encode
from os import urandom

from flask import g
from flask_wtf.csrf import generate_csrf


def token() -> str:
    """The token for this answer. The client sends it back as `csrf_token` or X-CSRFToken."""
    if "masked_csrf_token" not in g:
        g.masked_csrf_token = masked(str(generate_csrf()))
    return str(g.masked_csrf_token)


def masked(text: str) -> str:
    """A random mask and `text` (ASCII) XORed with it, together as URL-safe base64 without padding."""
    mask = urandom(len(text))
    return urlsafe_b64encode(mask + _xor(text.encode("ascii"), mask)).decode().rstrip("=")


def unmasked(text: str) -> str:
    """The text that `masked` got. If `text` does not come from `masked`, `text` itself; Flask-WTF then checks it."""
    try:
        both = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        half = len(both) // 2
        return _xor(both[half:], both[:half]).decode("ascii")
    except ValueError:
        return text


def _xor(data: bytes, mask: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, mask, strict=True))
