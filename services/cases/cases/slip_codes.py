"""The codes on slips. With the number of a case, a code opens the case for a reporter who has no account, or is not named.

A code has eight signs, so that people can read it aloud and type it: 39 random bits. Therefore only a slow hash of it is stored
(scrypt), with a salt for each case, over a keyed hash. Whoever has the table but not LINLI_INDEX_KEYS cannot test a single
code. Releases before this one gave tokens of 192 random bits. They are still found by their plain digest.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata

from chassis.database import crypto
from chassis.native_threads import in_thread

# Without signs that look alike: 0 and O, 1, I and L, U and V.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 8, 4
SALT_BYTES = 16
# About 50 ms and 16 MiB for each comparison.
_N, _R, _P = 2**14, 8, 1
_NO_CASE = bytes(SALT_BYTES) + bytes(32)  # what a code is compared with if there is no case; no code has this hash
_SEPARATORS = re.compile(r"[\W_]+")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\ufe58\ufe63\uff0d_-]+")
_WITHOUT_DASHES = re.compile(r"([A-Z][A-Z0-9]{0,7}?)(20\d{6})(\d{4,})")


def new_code() -> str:
    """A new code as it is printed, such as K7MW-3XQ9."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(signs[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def typed_number(number: str) -> str:
    """The case number that somebody typed in any case, with spaces, with other dashes or without any."""
    plain = _DASHES.sub("-", "".join(unicodedata.normalize("NFKC", number).split())).upper()
    found = _WITHOUT_DASHES.fullmatch(plain)
    return "-".join(found.groups()) if found else plain


def slow_hash(code: str) -> bytes:
    """What is stored of a code: a new salt and the hash. Takes about 50 ms in a native thread."""
    salt = secrets.token_bytes(SALT_BYTES)
    return salt + _hash(crypto.fingerprint(_signs(code)), salt)


def fits(code: str, stored: bytes | None) -> bool:
    """Whether `stored` was made of `code`, which may be typed in any case, with spaces and hyphens. With None the answer is
    False and takes the same work."""
    salt, known = (stored or _NO_CASE)[:SALT_BYTES], (stored or _NO_CASE)[SALT_BYTES:]
    # All of them are computed, so that the time does not depend on which key fits.
    found = [hmac.compare_digest(_hash(keyed, salt), known) for keyed in crypto.fingerprints(_signs(code))]
    return any(found) and stored is not None


def digest(token: str) -> bytes:
    """The stored form of a token of an earlier release. A plain hash is enough, because nobody can guess 192 random bits."""
    return hashlib.sha256(token.encode()).digest()


def _signs(code: str) -> str:
    return "slip:" + _SEPARATORS.sub("", unicodedata.normalize("NFKC", code)).upper()


def _hash(keyed: str, salt: bytes) -> bytes:
    return in_thread(hashlib.scrypt, keyed.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=32)
