"""CSRF tokens as pages show them: Flask-WTF's, under a new mask in every answer.

The token is a secret that stays the same for a session, and pages are compressed. Somebody who can make a browser load a
page again and again with guesses in its address, and who can see how long the encrypted answers are, would read such a
secret sign by sign (BREACH): a right guess compresses better. Under a random mask there is nothing to guess at.
"""

from base64 import b64decode, urlsafe_b64encode
from os import urandom

from flask import g
from flask_wtf.csrf import generate_csrf


def token() -> str:
    """The token for this answer, to be sent back as `csrf_token` or X-CSRFToken."""
    if "masked_csrf_token" not in g:
        g.masked_csrf_token = masked(str(generate_csrf()))
    return str(g.masked_csrf_token)


def masked(text: str) -> str:
    """`text` (ASCII) under a random mask, with the mask before it, as URL-safe base64 without padding."""
    mask = urandom(len(text))
    return urlsafe_b64encode(mask + _xor(text.encode("ascii"), mask)).decode().rstrip("=")


def unmasked(text: str) -> str:
    """What `masked` was given; `text` itself if `masked` has not made it. Flask-WTF then decides whether it is a token."""
    try:
        both = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        half = len(both) // 2
        return _xor(both[half:], both[:half]).decode("ascii")
    except ValueError:
        return text


def _xor(data: bytes, mask: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, mask, strict=True))
