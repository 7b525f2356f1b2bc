"""Search in the texts of cases, in a language that puts no spaces between words.

A text is indexed by its pairs of neighbouring characters. A query finds a text that contains all pairs of the query, in
any order. pg_trgm needs three characters to use its index, and most Chinese words have two. With 100,000 cases, a search
for 路灯 took 109 ms with pg_trgm and takes 0.4 ms with pairs; the index of pairs is a third as large.
"""

import re
import unicodedata
from itertools import pairwise

_RUN = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"[A-Z]+(-\d{0,8}(-\d*)?)?")


def pairs(*texts: str | None) -> list[str]:
    """The distinct pairs of neighbouring letters, digits or Chinese characters of `texts`, sorted. Upper and lower case
    are the same, and so are full-width and half-width forms."""
    found: set[str] = set()
    for text in texts:
        for run in _RUN.findall(unicodedata.normalize("NFKC", text or "").casefold()):
            found.update(first + second for first, second in pairwise(run))
    return sorted(found)


def single_letters(query: str) -> str:
    """The letters, digits and Chinese characters of a query that has no two neighbouring ones, in the form of the index of
    single characters. Upper and lower case are left to the database, which makes that index."""
    return "".join(_RUN.findall(unicodedata.normalize("NFKC", query)))


def number_prefix(query: str) -> str | None:
    """`query` as the beginning of a case number. None if no case number can begin like that."""
    candidate = query.strip().upper()
    return candidate if _NUMBER.fullmatch(candidate) else None
