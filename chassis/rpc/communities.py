"""The community scope of a call: whose rows it may touch."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule

ONE_COMMUNITY = Rule("one_community", "Name one community.", "请指定一个 community_id。")


@dataclass(frozen=True, slots=True)
class Communities:
    """Some communities by id, or the whole district (`ids` is None)."""

    ids: frozenset[str] | None

    @classmethod
    def only(cls, *ids: str) -> Self:
        return cls(frozenset(ids))

    @classmethod
    def from_claim(cls, ids: Iterable[str] | None) -> Self:
        """What `to_claim` has written."""
        return cls(None if ids is None else frozenset(ids))

    def to_claim(self) -> list[str] | None:
        """As JSON. None is the whole district."""
        return None if self.ids is None else sorted(self.ids)

    def __contains__(self, other: "str | Communities") -> bool:
        """Whether a community, or all communities of another scope, are among them."""
        if self.ids is None:
            return True
        if isinstance(other, Communities):
            return other.ids is not None and other.ids <= self.ids
        return other in self.ids

    def one(self) -> str:
        """The community, if it is exactly one. Raises InvalidField otherwise: the caller must name one."""
        if self.ids is None or len(self.ids) != 1:
            raise InvalidField(ONE_COMMUNITY, "community_id")
        return next(iter(self.ids))


DISTRICT = Communities(None)
