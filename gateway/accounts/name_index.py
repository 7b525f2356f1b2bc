"""The keyed hash of a resident's whole name. It finds people with the same name although names are encrypted.

Neither this hash nor the search index (gateway.accounts.search_index) can replace the other. The search index has hashes of
parts of the name, so it finds 王秀英 by 秀英. It does not keep the order of the parts, and a GIN index cannot be read in order.
This hash is in a B-tree together with the community and the year of birth (`account_name`). The list of likely doubles reads
that index from name to name, and an import looks up the whole names of thousands of rows.
"""

from gateway.accounts.personal import PersonalFields


def of(personal: PersonalFields, name: str) -> bytes:
    """The hash to store."""
    return personal.index(_hashed(name))


def all_of(personal: PersonalFields, name: str) -> list[bytes]:
    """All hashes under which the name may be stored."""
    return personal.indexes(_hashed(name))


def _hashed(name: str) -> str:
    """Without spaces, and in one case. The word in front keeps the hashes of names apart from those of phones."""
    return f"name {''.join(name.split()).casefold()}"
