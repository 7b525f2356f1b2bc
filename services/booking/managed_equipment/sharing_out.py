"""Who loses what if a pool has fewer things: the same as the database does, for a preview."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Share:
    """What one booking has of a pool from `start` to `end` (aware, exclusive). One that `keeps` it has begun: it is not asked
    to give it back."""

    quantity: int
    start: datetime
    end: datetime
    keeps: bool = False


def who_loses(shares: Sequence[Share], quantity: int) -> set[int]:
    """The places in `shares`, which are in the order in which people asked, of those that would lose theirs if there were
    `quantity` things. Those that keep theirs come first."""
    given: list[Share] = [share for share in shares if share.keeps]
    lost: set[int] = set()
    for n, share in enumerate(shares):
        if share.keeps:
            continue
        if fullest(given, share) + share.quantity <= quantity:
            given.append(share)
        else:
            lost.add(n)
    return lost


def fullest(given: Sequence[Share], during: Share) -> int:
    """How many of `given` are out at the fullest moment of the time of `during`."""
    meeting = [one for one in given if one.start < during.end and during.start < one.end]
    moments = {during.start, *(max(one.start, during.start) for one in meeting)}
    return max(sum(one.quantity for one in meeting if one.start <= at < one.end) for at in moments)
