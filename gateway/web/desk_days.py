"""What the desk's day and week show: the bookings, requests, no-shows, events and held times of some days, and when the spaces
are closed. One call for each of these, however many spaces there are."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import current
from gateway.web import requests, slots, times
from gateway.web.day_grid import Row, row, touched
from gateway.web.desk_closures import by_space, with_closures
from gateway.web.service_calls import MISSING, Block, Json, P, block

# At most this many pages of the list are read for a day. If there are more bookings, a link leads to them.
PAGES, PER_PAGE = 5, 100


class DeskDays:
    """`count` days from `first` in the chosen community. `spaces` are all of it. `bookings` are confirmed ones, from `cursor`
    on; with `only` those of these spaces. `complete` is False if a list is missing: time that looks free may then be taken."""

    def __init__(
        self, first: date, spaces: Block, *, count: int = 1, cursor: str | None = None, only: Sequence[str] | None = None
    ) -> None:
        self.spaces, self.complete = spaces, spaces.available
        self.days = [first + timedelta(days=n) for n in range(count)]
        self.start, self.end = times.midnight(first), times.midnight(first + timedelta(days=count))
        about = [{}] if only is None else [{"space_id": space_id} for space_id in only]
        self.bookings = _joined([bookings_between(self.start, self.end, cursor, **one) for one in about])
        self.asked = _joined([self._listed("requested", **one) for one in about])
        self.missed = _joined([self._listed("no_show", **one) for one in about])
        self.complete &= self.bookings.available
        held = self._held()
        shared = touched(spaces, [*self.bookings, *held])
        self._taken = [*self.bookings, *self.missed, *self._events(), *held, *shared]
        self._drawn: dict[str, list[Json]] = {}
        for item in [*self._taken, *requests.between(self.asked, self._taken)]:
            self._drawn.setdefault(item["space_id"], []).append(item)
        shut = self._ask(client.public.booking.list_closed_times, start=self.start, end=self.end)
        closures = by_space(self._closures(), [*spaces])
        self._closed = {item["space_id"]: with_closures(item["closed"], closures.get(item["space_id"], ())) for item in shut}
        self._add_kept()

    def row(self, space: Json, day: date, hours: tuple[datetime, datetime]) -> Row:
        return row(space, day, self._drawn.get(space["id"], ()), *hours, self._closed.get(space["id"], ()), times.now())

    def hours_of_day(self, day: date, spaces: Iterable[Json]) -> tuple[datetime, datetime]:
        """Whole hours from the first opening to the last closing of `spaces`, so that every booking of the day fits."""
        spaces = list(spaces)
        ids = {space["id"] for space in spaces}
        low, high = times.midnight(day), times.midnight(day + timedelta(days=1))
        spans = [span for space in spaces if (span := slots.opening_span(space, day))]
        items = [item for item in [*self._taken, *self.asked] if item["space_id"] in ids]
        spans += [
            (start, end)
            for start, end in ((times.local(item["starts_at"]), times.local(item["ends_at"])) for item in items)
            if start < high and end > low
        ]
        opens = max(low, min((start for start, _ in spans), default=low + timedelta(hours=8)))
        closes = min(high, max((end for _, end in spans), default=low + timedelta(hours=20)))
        floor = opens.replace(minute=0)
        ceiling = closes if closes.minute == 0 else closes.replace(minute=0) + timedelta(hours=1)
        return floor, ceiling

    def _add_kept(self) -> None:
        """Times that a lottery decides, and those that are kept for some and not open to everybody yet, stand beside the closed
        ones. Closed time is not kept."""
        for item in self._ask(client.booking.list_kept_times, start=self.start, end=self.end):
            row = self._closed.setdefault(item["space_id"], [])
            kept = [{**one, "reason": f"kept_for_{one['kept_for']}"} for one in item["kept"] if not one["is_open"]]
            kept = [*({**one, "reason": "lottery"} for one in item.get("lotteries") or ()), *kept]
            row += [one for one in kept if not any(_overlap(one, other) for other in row)]
            row.sort(key=lambda one: times.local(one["starts_at"]))

    def _closures(self) -> Block:
        """The closures that are not over, for clerks: they can unblock what the desk has blocked. Without them the times are
        closed all the same, so they make nothing incomplete."""
        if not current.identity().has_role("clerk"):
            return MISSING
        return block(client.booking.list_closures, start=self.start, end=self.end, limit=PER_PAGE, **_here())

    def _ask(self, verb: Callable[P, Json], *args: P.args, **fields: P.kwargs) -> Block:
        """`block`, and notes in `complete` whether it is there."""
        found = block(verb, *args, **fields)
        self.complete &= found.available
        return found

    def _listed(self, state: str, **about: Any) -> Block:
        """Bookings in another state: at most PER_PAGE. The page of requests has all of them; a no-show keeps its time until it
        was given up."""
        asked: dict[str, Any] = {"scope": "desk", "state": state, "start": self.start, "end": self.end, "limit": PER_PAGE}
        return self._ask(client.booking.list_bookings, **asked | _here() | about)

    def _held(self) -> list[Json]:
        """The times that are held for somebody who waits."""
        found = self._ask(client.booking.list_waits, scope="desk", start=self.start, end=self.end, limit=PER_PAGE)
        return [
            {name: item["offer"][name] for name in ("space_id", "space_name", "starts_at", "ends_at")} | {"wait_id": item["id"]}
            for item in found
            if item["offer"]
        ]

    def _events(self) -> list[Json]:
        """The sessions of club events, once for each space that they hold, and for its parts or the whole of which it is part.
        They look like bookings with an `event`."""
        parent_of = {space["id"]: space.get("parent_id") for space in self.spaces}
        found: list[Json] = []
        for item in self._ask(whole, client.booking.list_claimed_times, start=self.start, end=self.end):
            held = set(item["space_ids"])
            around = held | {parent_of.get(space_id) for space_id in held}
            around |= {space_id for space_id, parent in parent_of.items() if parent in held}
            event = {"starts_at": item["starts_at"], "ends_at": item["ends_at"], "event": item["title"] or {}}
            found += [{"space_id": space_id, **event} for space_id in around if space_id]
        return found


def _overlap(one: Json, other: Json) -> bool:
    (start, end), (begins, until) = ((times.local(of["starts_at"]), times.local(of["ends_at"])) for of in (one, other))
    return start < until and begins < end


def bookings_between(start: datetime, end: datetime, cursor: str | None, **about: Any) -> Block:
    """The confirmed bookings of the chosen community that overlap this time, from `cursor` on, in their order. With a
    `next_cursor` if there are more than PAGES pages."""
    list_bookings = partial(
        client.booking.list_bookings, scope="desk", state="confirmed", start=start, end=end, **_here() | about
    )
    bookings: list[Json] = []
    for _ in range(PAGES):
        found = block(list_bookings, limit=PER_PAGE, cursor=cursor)
        if found.answer is None:
            return found
        bookings += found.items
        cursor = found.answer.get("next_cursor")
        if cursor is None:
            break
    return Block({"items": bookings, "next_cursor": cursor})


def _joined(blocks: Sequence[Block]) -> Block:
    """The lists as one. `next_cursor` is set if one of them is not complete."""
    if len(blocks) == 1 or not all(one.available for one in blocks):
        return blocks[0] if len(blocks) == 1 else MISSING
    more = next((one.answer["next_cursor"] for one in blocks if one.answer and one.answer.get("next_cursor")), None)
    return Block({"items": [item for one in blocks for item in one], "next_cursor": more})


def hours_between(opens: datetime, closes: datetime) -> Sequence[datetime]:
    """The hours of the head of the table."""
    return [opens + timedelta(hours=n) for n in range(int((closes - opens) / timedelta(hours=1)))]


def _here() -> dict[str, Any]:
    return {} if (known := current.community_id()) is None else {"community_id": known}
