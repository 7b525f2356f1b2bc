"""The draw of a lottery: it keeps its rules for any wishes, agrees with a slow reference, and is repeated from its file."""

import json
from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from services.booking.lotteries import record
from services.booking.lotteries.command import lotteries
from services.booking.lotteries.drawing import Draw, Entry, canonical, digest, order_of_round, seed_of

SECRET = "s" * 64
HOUR = 3600

numbers_of_times = st.integers(1, 8)


@st.composite
def draws(draw: st.DrawFn) -> Draw:
    """Times that may overlap, entries with ranked wishes, and pairs that a limit forbids."""
    count = draw(numbers_of_times)
    starts = draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    spans = {number: (start * HOUR, (start + draw(st.integers(1, 2))) * HOUR) for number, start in enumerate(starts, 1)}
    wishes = st.lists(st.integers(1, count), min_size=1, max_size=count, unique=True)
    entries = [Entry(number, tuple(ranked)) for number, ranked in enumerate(draw(st.lists(wishes, max_size=7)), 1)]
    pairs = st.tuples(st.integers(1, 7), st.integers(1, count))
    forbidden = draw(st.sets(pairs, max_size=6))
    return Draw(
        draw(st.text("0123456789abcdef", min_size=8, max_size=8)),
        draw(st.integers(1, 3)),
        spans,
        entries,
        lambda entry, time: "limit" if (entry, time) in forbidden else None,
        draw(st.sets(st.integers(1, count), max_size=2)),
        draw(st.sets(st.integers(1, 7), max_size=2)),
    )


def again(made: Draw, *, entries: list[Entry] | None = None, forbids: Callable[[int, int], str | None] | None = None) -> Draw:
    same = Draw(
        made.seed,
        made.most_wins,
        made.spans,
        made.entries if entries is None else entries,
        forbids or made.forbids,
        made.gone,
        made.absent,
    )
    same.run()
    return same


def slow(made: Draw) -> dict[int, int]:
    """Who gets which time, written as one reads the rule: each round draws an order of its own; whoever is drawn looks at all
    wishes from the first one and takes the first that nobody has and that fits."""
    held: dict[int, int] = {}
    for round_ in range(1, made.most_wins + 1):
        hashes = {digest(f"{made.seed}:{round_}:{entry.number}"): entry for entry in made.entries}
        for key in sorted(hashes):
            entry = hashes[key]
            if entry.number in made.absent:
                continue
            own = [made.spans[time] for time, by in held.items() if by == entry.number]
            for time in entry.wishes:
                start, end = made.spans[time]
                clash = any(a < end and start < b for a, b in own)
                if time not in held and time not in made.gone and not clash and not made.forbids(entry.number, time):
                    held[time] = entry.number
                    break
    return held


@settings(max_examples=300, deadline=None)
@given(draws())
def test_it_gives_what_a_slow_reading_of_the_rule_gives(made: Draw) -> None:
    made.run()
    assert {time: number for time, (number, _) in made.winners.items()} == slow(made)


@settings(max_examples=200, deadline=None)
@given(draws())
def test_no_clash_nothing_given_twice_and_nobody_more_than_the_most(made: Draw) -> None:
    made.run()
    won: dict[int, list[int]] = {}
    for time, (number, _) in made.winners.items():
        won.setdefault(number, []).append(time)
        assert time not in made.gone and number not in made.absent
    for number, times in won.items():
        spans = sorted(made.spans[time] for time in times)
        assert len(times) <= made.most_wins and all(a[1] <= b[0] for a, b in pairwise(spans))
        assert set(times) <= set(next(entry for entry in made.entries if entry.number == number).wishes)


@settings(max_examples=200, deadline=None)
@given(draws())
def test_no_blocking_pair_and_a_true_reason_for_every_wish(made: Draw) -> None:
    """Nobody lacks a time that is free, or that somebody has who was drawn later."""
    made.run()
    for entry in made.entries:
        outcomes = made.outcomes(entry)
        assert [one.time for one in outcomes] == list(entry.wishes)
        wins = [one for one in outcomes if one.outcome == "won"]
        for rank, one in enumerate(outcomes):
            if one.outcome == "taken":
                assert made.winners[one.time] == (one.by, one.round) and one.by != entry.number and one.round is not None
                order = order_of_round(made.seed, one.round, [each.number for each in made.entries])
                better = any(win.round == one.round and outcomes.index(win) < rank for win in wins)
                assert better or order.index(one.by) < order.index(entry.number)
            elif one.outcome == "overlaps":
                assert one.instead in [win.time for win in wins]
            elif one.outcome == "enough":
                assert len(wins) == made.most_wins and all(outcomes.index(win) < rank for win in wins)
            else:
                assert (one.outcome == "won") == (made.winners.get(one.time, (None,))[0] == entry.number)
                assert one.outcome in ("won", "gone", "limit", "withdrawn")


@settings(max_examples=100, deadline=None)
@given(draws(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(made: Draw, random: Random) -> None:
    made.run()
    shuffled = list(made.entries)
    random.shuffle(shuffled)
    assert canonical(again(made, entries=shuffled).result()) == canonical(made.result())


@settings(max_examples=100, deadline=None)
@given(draws())
def test_what_was_refused_is_enough_to_repeat_it(made: Draw) -> None:
    made.run()
    repeated = again(made, forbids=lambda entry, time: made.refused.get((entry, time)))
    assert repeated.result() == made.result()


def file_of(entries: list[Entry], most_wins: int = 1) -> dict[str, Any]:
    times = [
        {
            "time": n,
            "space": "court",
            "starts_at": f"2026-04-04T{9 + n:02}:00:00+00:00",
            "ends_at": f"2026-04-04T{10 + n:02}:00:00+00:00",
        }
        for n in (1, 2, 3)
    ]
    opened = record.opened(lottery_id="x", commitment=digest(SECRET), most_wins=most_wins, times=times)
    closed = record.closed(opened, entries)
    made = Draw(seed_of(SECRET, entries), most_wins, record.spans_of(closed), entries, lambda entry, time: None)
    made.run()
    return record.drawn(closed, SECRET, made)


FILE = file_of([Entry(n, (1, 2) if n % 2 else (2, 1)) for n in range(1, 6)])


def test_the_draw_does_not_change_between_releases() -> None:
    """If this fails, the files of all earlier lotteries can no longer be repeated."""
    assert order_of_round("0" * 64, 1, range(1, 11)) == KNOWN_ORDER
    assert digest(canonical(FILE["result"])) == KNOWN_RESULT


KNOWN_ORDER = [3, 1, 8, 9, 5, 6, 4, 10, 7, 2]
KNOWN_RESULT = "609b8399ee6bac48736bf990d53a93a691049047e20b80c2586bc69aa588caa3"


def run(file: Any) -> Any:
    return CliRunner().invoke(lotteries, ["replay", "-"], input=file if isinstance(file, str) else json.dumps(file, indent=3))


def test_the_command_prints_the_same_result() -> None:
    answer = run(FILE)
    assert answer.exit_code == 0 and answer.stdout == canonical(FILE["result"]) + "\n"
    assert "confirmed: 5 entries" in answer.stderr


def changed(**fields: Any) -> dict[str, Any]:
    return deepcopy(FILE) | fields


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (changed(secret="t" * 64), "the secret is not the one"),
        (changed(entries=FILE["entries"][::-1]), "the entries are not those"),
        (
            changed(entries=FILE["entries"][1:], entries_digest=digest(canonical(FILE["entries"][1:]))),
            "the seed does not follow",
        ),
        (changed(seed="0" * 64), "the seed does not follow"),
        (changed(result=FILE["result"][::-1]), "the result does not follow"),
        (changed(result=None), "has not been drawn yet"),
        (changed(format="linli-lottery-2"), "the format"),
        (changed(gone=[1, 2]), "the result does not follow"),
        (changed(times=None), "not a record"),
        (changed(most_wins="x"), "not a record"),
        ({}, "not a record"),
        ([1], "not a record"),
        ("{", "NOT CONFIRMED"),
        ("[" * 100_000, "NOT CONFIRMED"),
    ],
)
def test_a_file_that_was_changed_is_not_confirmed(file: Any, said: str) -> None:
    answer = run(file)
    assert answer.exit_code == 1 and said in answer.output and "Traceback" not in answer.output
