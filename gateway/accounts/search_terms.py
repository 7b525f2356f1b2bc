"""The terms under which a resident is found: parts of the name, and the endings of the phone numbers.

A name is found by one character or by any neighbouring characters, in any order, as in the search of cases. A phone number is
found whole or by at least its last four digits. The database stores only keyed hashes of the terms (gateway.accounts.search).
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

LEAST_DIGITS = 4  # of the end of a phone number
MOST_QUERY = 60  # characters
_RUN = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"\+?[\d\s().\-]+")


def terms_of(name: str | None, phones: Iterable[str]) -> list[str]:
    """All terms of a resident with this name and these phones (E.164), sorted."""
    found = {_gram(gram) for run in _runs(name or "") for gram in (*run, *_pairs(run))}
    for phone in phones:
        digits = _digits(phone)
        found |= {_ending(digits[-count:]) for count in range(LEAST_DIGITS, len(digits) + 1)}
    return sorted(found)


def terms_wanted(query: str) -> list[str]:
    """The terms that a resident must have to be found, sorted. Empty if nobody can be found by `query`: it has no letter and
    no digit, or fewer than four digits and nothing else."""
    text = unicodedata.normalize("NFKC", query)
    if _PHONE.fullmatch(text.strip()):
        digits = _digits(text)
        return [_ending(digits)] if len(digits) >= LEAST_DIGITS else []
    found: set[str] = set()
    for run in _runs(text):
        if run.isdigit() and len(run) >= LEAST_DIGITS:
            found.add(_ending(run))
        else:
            found.update(map(_gram, _pairs(run) or [run]))
    return sorted(found)


def _runs(text: str) -> list[str]:
    """The words of `text`: letters, digits and Chinese characters without anything between them. Upper and lower case are the
    same, and so are full-width and half-width forms."""
    return _RUN.findall(unicodedata.normalize("NFKC", text).casefold())


def _pairs(run: str) -> list[str]:
    return [first + second for first, second in pairwise(run)]


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal())


def _gram(gram: str) -> str:
    return f"search name {gram}"


def _ending(digits: str) -> str:
    return f"search phone {digits}"
