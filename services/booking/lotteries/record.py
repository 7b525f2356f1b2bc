"""The public file of a lottery, and the replay of its draw. Times are RFC 3339 with an offset. It names no resident: only they
know the number of their entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.booking.lotteries.drawing import Draw, Entry, canonical, digest, seed_of

FORMAT: Final = "linli-lottery-1"
_SEALED: Final = ("entries", "entries_digest", "secret", "seed", "gone", "absent", "refused", "result")  # null until known

Record = Mapping[str, Any]


class RecordInvalid(Exception):
    """The file is none, or a part of it does not follow from the others. The text says which."""


def opened(**about: Any) -> dict[str, Any]:
    """The file before entries close: `lottery_id`, `commitment`, `most_wins`, and `times` as {time, space, starts_at,
    ends_at}."""
    return {"format": FORMAT, **about, **dict.fromkeys(_SEALED)}


def closed(record: Record, entries: Sequence[Entry]) -> dict[str, Any]:
    """The file with the entries, sorted by number."""
    public = [entry.public() for entry in entries]
    return {**record, "entries": public, "entries_digest": digest(canonical(public))}


def drawn(record: Record, secret: str, draw: Draw) -> dict[str, Any]:
    """The file with the secret, what else the draw depended on, and its result."""
    refused = [{"entry": entry, "time": time, "why": why} for (entry, time), why in sorted(draw.refused.items())]
    return {
        **record,
        "secret": secret,
        "seed": draw.seed,
        "gone": sorted(draw.gone),
        "absent": sorted(draw.absent),
        "refused": refused,
        "result": draw.result(),
    }


def spans_of(record: Record) -> dict[int, tuple[int, int]]:
    """The times by number, in seconds since the epoch."""
    return {one["time"]: (_instant(one["starts_at"]), _instant(one["ends_at"])) for one in record["times"]}


def entries_of(record: Record) -> list[Entry]:
    return [Entry(one["entry"], tuple(one["wishes"])) for one in record["entries"]]


def replay(record: Record) -> str:
    """Draw again, and return the result as canonical JSON. Raises RecordInvalid unless the commitment is that of the secret,
    the seed follows from the secret and the entries, and the result in the file is the same text."""
    try:
        if record["format"] != FORMAT:
            raise RecordInvalid(f"the format is not {FORMAT}")
        if record["result"] is None:
            raise RecordInvalid("the lottery has not been drawn yet")
        return _replay(record)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordInvalid(f"the file is not a record of a lottery: {error!r}") from error


def _replay(record: Record) -> str:
    entries = entries_of(record)
    if digest(record["secret"]) != record["commitment"]:
        raise RecordInvalid("the secret is not the one that was committed to")
    if digest(canonical(record["entries"])) != record["entries_digest"]:
        raise RecordInvalid("the entries are not those that were published")
    if seed_of(record["secret"], entries) != record["seed"]:
        raise RecordInvalid("the seed does not follow from the secret and the entries")
    refused = {(one["entry"], one["time"]): one["why"] for one in record["refused"]}
    draw = Draw(
        record["seed"],
        record["most_wins"],
        spans_of(record),
        entries,
        lambda entry, time: refused.get((entry, time)),
        record["gone"],
        record["absent"],
    )
    draw.run()
    result = canonical(draw.result())
    if result != canonical(record["result"]):
        raise RecordInvalid("the result does not follow from the seed")
    return result


def _instant(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
