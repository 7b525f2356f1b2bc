"""Rights of other systems, as text.

    cases:read                  read cases, in all communities of the system
    cases:read@liuyi            the same in one community
    messages:read:case.*        read messages whose type begins with `case.`
    messages:read:case.*@liuyi  the same of one community

This is the only parser. It knows the grammar, and no resource or verb.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

from chassis.rpc.communities import Communities

# Types of messages: one type, or with `.*` all that begin with what is before the star.
TYPES_PATTERN = r"[a-z_]+(\.[a-z0-9_]+)*(\.\*)?"
# The grammar as a regular expression without anchors and named groups, for documents.
PATTERN = rf"[a-z][a-z_]{{0,31}}:[a-z][a-z_]{{0,31}}(:{TYPES_PATTERN})?(@[A-Za-z0-9._\-]{{1,64}})?"
LONGEST = 200  # characters
_RIGHT = re.compile(
    r"(?P<resource>[a-z][a-z_]{0,31}):(?P<verb>[a-z][a-z_]{0,31})"
    rf"(?::(?P<types>{TYPES_PATTERN}))?(?:@(?P<community>[A-Za-z0-9._\-]{{1,64}}))?"
)


class NotARight(ValueError):
    """The text is not in the grammar of rights."""


@dataclass(frozen=True, slots=True)
class Right:
    """`types` is a pattern of message types; None means all. `community` is the id of one community; None means all that the
    system reaches."""

    resource: str
    verb: str
    types: str | None = None
    community: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The right that `text` says. str(right) is the same text again. Raises NotARight."""
        match = _RIGHT.fullmatch(text) if len(text) <= LONGEST else None
        if match is None:
            raise NotARight(text[:LONGEST])
        return cls(match["resource"], match["verb"], match["types"], match["community"])

    def __str__(self) -> str:
        types = f":{self.types}" if self.types else ""
        return f"{self.name}{types}" + (f"@{self.community}" if self.community else "")

    @property
    def name(self) -> str:
        """Resource and verb: `messages:read`."""
        return f"{self.resource}:{self.verb}"

    def covers(self, other: "Right") -> bool:
        """Whether this right includes `other`."""
        return (
            self.name == other.name
            and (self.types is None or (other.types is not None and is_within(other.types, self.types)))
            and self.community in (None, other.community)
        )


def is_within(types: str, others: str) -> bool:
    """Whether all message types of the pattern `types` are types of the pattern `others`."""
    return types.startswith(others[:-1]) if others.endswith("*") else types == others


def common_types(one: str | None, other: str | None) -> str | None:
    """The pattern of the types that both patterns have. None means all types. Raises NothingInCommon."""
    if one is None or other is None:
        return one or other
    if is_within(one, other):
        return one
    if is_within(other, one):
        return other
    raise NothingInCommon()


class NothingInCommon(ValueError):
    """No message type has both patterns."""


def parsed(texts: Iterable[str]) -> list[Right]:
    """Those of the texts that are rights. Others, such as the scope of the gateway itself, are left out."""
    found = []
    for text in texts:
        try:
            found.append(Right.parse(text))
        except NotARight:
            continue
    return found


def simplified(rights: Iterable[Right]) -> list[Right]:
    """The rights without those that another one covers, sorted by their texts."""
    wanted = set(rights)
    return sorted((one for one in wanted if not any(other.covers(one) for other in wanted - {one})), key=str)


def narrowed(wanted: Iterable[Right], held: Collection[Right]) -> list[Right]:
    """Those of the `wanted` rights that the `held` rights cover."""
    return [one for one in wanted if any(right.covers(one) for right in held)]


def reach_of(rights: Iterable[Right], reach: Communities) -> Communities:
    """The communities of `reach` in which at least one of the rights applies."""
    named = set()
    for right in rights:
        if right.community is None:
            return reach
        if right.community in reach:
            named.add(right.community)
    return Communities.only(*named)
