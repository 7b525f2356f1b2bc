"""Finding cases by a few characters of their text, in a language that puts no spaces between words.

The text's pairs of neighbouring characters are kept in an indexed array; a query matches a text that has all of its
pairs, wherever they stand. pg_trgm needs three characters to use its index, and most Chinese words have two: with
100,000 cases, 路灯 took 109 ms with it and takes 0.4 ms with pairs, from an index a third the size.
"""

import re
import unicodedata
from itertools import pairwise

MIN_QUERY = 2
_RUN = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"[A-Z]+(-\d{0,8}(-\d*)?)?")


def pairs(*texts: str | None) -> list[str]:
    """The distinct pairs of neighbouring letters, digits or Chinese characters of `texts`, without regard to case and
    full-width forms; sorted."""
    found: set[str] = set()
    for text in texts:
        for run in _RUN.findall(unicodedata.normalize("NFKC", text or "").casefold()):
            found.update(first + second for first, second in pairwise(run))
    return sorted(found)


def number_prefix(query: str) -> str | None:
    """`query` as the beginning of a case number, or None if no number begins so."""
    candidate = query.strip().upper()
    return candidate if _NUMBER.fullmatch(candidate) else None
