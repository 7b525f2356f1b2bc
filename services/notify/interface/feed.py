"""The district feed: the messages of all services in one order. It can be read again from any place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import fields

from chassis.rpc import rights
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from chassis.rpc.interface import (
    Answer,
    Command,
    Count,
    FieldError,
    Id,
    ListOf,
    Moment,
    Part,
    Pattern,
    Query,
    Request,
    Rule,
    Text,
    flag,
    text,
)
from chassis.rpc.refusal import Forbidden
from services.notify.interface.refusals import CursorExpired

MAY_READ: Final = "messages:read"  # the right to read the feed; it may name types of messages
GREW: Final = "feed_grew"  # the topic of a hint with a GrewBy
BAD_PLACE = Rule("bad_place", "This is not an id that this stream has sent.", "这不是本消息流给出的编号。")
BAD_TYPES = Rule(
    "bad_types",
    "Message types, separated by commas; `booking.*` means all that begin with `booking.`.",
    "应为逗号分隔的消息类型；booking.* 表示以 booking. 开头的全部类型。",
)
TYPE_PATTERN = rights.TYPES_PATTERN
MOST_TYPES = 50
MOST_AT_ONCE = 500
MAX = 2**63 - 1
_EXAMPLE = "1-7311-42"
_WRITTEN = re.compile(r"(?:(?P<epoch>[0-9]{1,4})-)?(?P<xid>[0-9]{1,19})-(?P<seq>[0-9]{1,19})")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the feed. A reader at this place reads what comes after it. It is written `epoch-xid-seq`; the places of epoch
    0, when the gateway kept the feed, are written `xid-seq`."""

    epoch: int
    xid: int
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.xid}-{self.seq}" if self.epoch else f"{self.xid}-{self.seq}"

    @classmethod
    def parse(cls, written: str) -> "Place":
        """Raises ValueError."""
        match = _WRITTEN.fullmatch(written)
        if match is None or max(int(match["xid"]), int(match["seq"])) > MAX:
            raise ValueError(f"not a place: {written[:50]}")
        return cls(int(match["epoch"] or 0), int(match["xid"]), int(match["seq"]))


BEGINNING: Final = Place(0, 0, 0)


class PlaceField(fields.String):
    """A place in the feed. Loads as Place."""

    def __init__(self, *, description: str = "", **rest: Any) -> None:
        super().__init__(metadata={"example": _EXAMPLE, "description": description}, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        try:
            return Place.parse(super()._deserialize(value, attr, data, **rest))
        except ValueError as error:
            raise FieldError(BAD_PLACE) from error


class FeedMessage(Answer):
    place = text(_EXAMPLE, description="the place after this message")
    type = text("booking.confirmed.v1")
    event = fields.Dict(required=True, metadata={"description": "the message as a CloudEvent 1.0 in JSON format"})


def matches(type_: str, patterns: Sequence[str]) -> bool:
    """Whether a reader of `patterns` gets messages of this type."""
    return any(type_.startswith(one[:-1]) if one.endswith("*") else type_ == one for one in patterns)


@dataclass(frozen=True, slots=True)
class Readable:
    """The messages that a system reads: pairs of a pattern of types (None: all types) and the communities of the messages."""

    parts: tuple[tuple[str | None, Communities], ...]

    @classmethod
    def by(cls, acting: Identity, wanted: Sequence[str] | None = None) -> "Readable":
        """What `acting` may read of the types `wanted` (None: all that it may read). Raises Forbidden without the right, or if
        it may read none of the types of a wanted pattern."""
        # A gateway of an earlier release says nothing about communities; its keys read everything.
        reach = DISTRICT if acting.works_in is None else acting.works_in
        held = [right for right in rights.parsed(acting.scopes) if right.name == MAY_READ]
        parts = []
        for pattern in [None] if wanted is None else wanted:
            found = list(_readable_of(held, pattern, reach))
            if not found:
                raise Forbidden(needs=[MAY_READ if pattern is None else f"{MAY_READ}:{pattern}"])
            parts += found
        return cls(tuple(dict.fromkeys(parts)))

    def has(self, type_: str, community_id: str) -> bool:
        """Whether a message of this type and community is among them."""
        return any(community_id in of and (types is None or matches(type_, [types])) for types, of in self.parts)

    @property
    def types(self) -> list[str] | None:
        """Patterns that all of them match; None: all types. Every message that matches has the types of a part, but it may be
        of a community in which only another part applies."""
        patterns = {types for types, _ in self.parts}
        return None if None in patterns else sorted(pattern for pattern in patterns if pattern is not None)

    @property
    def communities(self) -> Communities:
        """The communities of all parts."""
        ids: set[str] = set()
        for _, of in self.parts:
            if of.ids is None:
                return DISTRICT
            ids |= of.ids
        return Communities.only(*ids)


def _readable_of(
    held: Sequence[rights.Right], pattern: str | None, reach: Communities
) -> Iterator[tuple[str | None, Communities]]:
    for right in held:
        of = rights.reach_of([right], reach)
        try:
            types = rights.common_types(right.types, pattern)
        except rights.NothingInCommon:
            continue
        if of.ids != frozenset():
            yield types, of


class GrewBy(Answer):
    """The feed can be read up to the place `end`. If there are `messages`, they are all that are after the place `after`."""

    after = text(_EXAMPLE, maybe=True)
    end = text(_EXAMPLE)
    messages = fields.List(fields.Nested(FeedMessage))


GREW_BY = GrewBy()


class FeedPage(Answer):
    items = fields.List(fields.Nested(FeedMessage), required=True)
    place = text(_EXAMPLE, description="the place to read from next time")
    more = flag(description="whether there may be more to read at once")


class ReadFeed(Request):
    after = PlaceField(description="default: the end of the feed, so that no message is read")
    types = ListOf(Pattern(TYPE_PATTERN, BAD_TYPES, example="case.*"), least=1, most=MOST_TYPES, description="default: all")
    limit = Count(load_default=200, least=1, most=MOST_AT_ONCE)


class OldEntry(Part):
    """A message that the gateway's feed holds."""

    place = PlaceField(required=True)
    community_id = Text(required=True, most=200)
    event_id = Id(required=True)
    source = Text(required=True, most=200)
    type = Text(required=True, most=200)
    subject = Text(required=True, most=200)
    version = Count(required=True, least=0, most=MAX)
    occurred_at = Moment(required=True)
    received_at = Moment(required=True)
    data = fields.Dict(required=True)


class TakeOverFeed(Request):
    entries = ListOf(fields.Nested(OldEntry), most=MOST_AT_ONCE, load_default=list)
    pruned = PlaceField(description="the place up to which messages were deleted")
    end = PlaceField(description="with the last entries: no place of the gateway's feed is after this one")


class TakenOver(Answer):
    last = text("7311-42", maybe=True, description="the last place that was taken over")
    finished = flag(description="whether `end` has been sent")


READ_FEED = Query(
    "notify.read_feed",
    "Read the messages of all services",
    takes=ReadFeed(),
    gives=FeedPage(),
    refuses=(Forbidden, CursorExpired),
)
TAKE_OVER_FEED = Command(
    "notify.take_over_feed",
    "Take over the feed that the gateway kept",
    takes=TakeOverFeed(),
    gives=TakenOver(),
    refuses=(Forbidden,),
    description="The gateway sends its feed in order, in parts. An entry may be sent more than once.",
)
