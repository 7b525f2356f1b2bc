"""Compares Linli with its peers: a booking through gateway and service, and two public reads. They take turns, in several
rounds."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.request import urlopen

from bench import bookings
from bench.contenders import Contender, Linli, Request, faststream, peer_database, stock_nameko
from bench.figures import Rounds, Spoilt
from bench.results import Goal, Section
from bench.world import World

# Prepared requests per second; far more than any contender answers on this machine.
MOST_PER_SECOND = 2_500
KINDS = ("booking, 32 clients", "booking, 1 client", "space list", "what is on today")
PARTS = ("gateway", "service", "broker", "database")


@dataclass
class _Measured:
    contender: Contender
    requests: Callable[[int], list[Request]]
    by_kind: dict[str, Rounds] = field(default_factory=lambda: {kind: Rounds() for kind in KINDS})

    def book(self, kind: str, clients: int, seconds: float) -> None:
        requests = self.requests(int(seconds * MOST_PER_SECOND))
        self.by_kind[kind].runs.append(self.contender.load(requests, clients=clients, seconds=seconds, expect=201))

    def read(self, kind: str, path: str, seconds: float) -> None:
        self.by_kind[kind].runs.append(self.contender.read(path, clients=32, seconds=seconds))

    def round(self, seconds: float) -> None:
        self.book("booking, 32 clients", 32, seconds)
        self.book("booking, 1 client", 1, seconds / 2)
        self.read("space list", self.contender.spaces, seconds / 2)
        self.read("what is on today", self.contender.whats_on, seconds / 2)


def measure(world: World, linli: Linli) -> list[Section]:
    """Measure Linli (gateway, booking and events) and the peers (gateway and one service)."""
    bookings.put_spaces(world, f"{linli.name}_booking", peer=False)
    peer_database(world)
    bookings.copy_demo(world, linli)
    bookings.put_spaces(world, "peers", peer=True)
    bearers = bookings.tokens(world, linli, count=32)
    ours, theirs = bookings.Slots(), bookings.Slots()
    measured: list[_Measured] = []
    try:
        measured.append(_Measured(linli.start(), lambda count: bookings.to_linli(ours.take(count), bearers)))
        for start in (stock_nameko, faststream):
            measured.append(_Measured(start(world), lambda count: bookings.to_peer(theirs.take(count))))
        _check_reads([one.contender for one in measured])
        _rounds(world, measured)
    finally:
        for one in measured:
            one.contender.end()
    return _sections(measured)


def _check_reads(contenders: list[Contender]) -> None:
    """Check that all contenders return the same number of spaces and of events, and at least one. Raises Spoilt."""
    for path in ("spaces", "whats_on"):
        told = {one.name: len(_items(one.port, getattr(one, path))) for one in contenders}
        if len(set(told.values())) != 1 or not all(told.values()):
            raise Spoilt(f"{path}: not the same for all: {told}")


def _items(port: int, path: str) -> list[object]:
    answer = json.loads(urlopen(f"http://127.0.0.1:{port}{path}", timeout=10).read())
    return list(answer["items"] if isinstance(answer, dict) else answer)


def _rounds(world: World, measured: list[_Measured]) -> None:
    rounds, seconds = (1, 2.0) if world.quick else (4, 8.0)
    for one in measured:
        world.note(f"warming up {one.contender.name}")
        one.round(1.0)
    for one in measured:
        one.by_kind = {kind: Rounds() for kind in KINDS}
    for number in range(1, rounds + 1):
        for one in measured:
            world.note(f"bookings and public reads, round {number} of {rounds}: {one.contender.name}")
            one.round(seconds)


def _sections(measured: list[_Measured]) -> list[Section]:
    ours, stock, fast = (one.by_kind for one in measured)
    booking, reads = KINDS[0], KINDS[2:]
    side = Section(
        "Bookings and public reads, side by side",
        "Answers per second, and milliseconds from request to answer; medians over the rounds. Linli authenticates, keeps "
        "the calendar's rules, writes outbox and idempotency answer in the transaction, and feeds the district's stream; "
        "the peers do none of it. Linli's service has 16 workers, stock nameko's its 10. "
        "Linli's public reads come from its gateway's cache, which events clear.",
        ("what", "who", "per second", "p50 ms", "p99 ms", "Linli is"),
    )
    for kind in KINDS:
        for one in measured:
            rounds = one.by_kind[kind]
            ratio = "" if one is measured[0] else f"{ours[kind].rate / rounds.rate:.2f} ×"
            figures = (f"{rounds.rate:,.0f}", f"{rounds.p50:.1f}", f"{rounds.p99:.1f}", ratio)
            side.rows.append((kind, one.contender.name, *figures))
    side.goals = [
        Goal.at_least("Booking, 32 clients, as a multiple of stock nameko", 2, ours[booking].rate / stock[booking].rate),
        Goal.at_least(
            "Booking, 32 clients, as a multiple of FastAPI + FastStream", 1.5, ours[booking].rate / fast[booking].rate
        ),
        Goal.at_most(
            "Booking, 32 clients, p99 in ms, against the better peer",
            min(stock[booking].p99, fast[booking].p99),
            ours[booking].p99,
        ),
        *(Goal.at_least(f"Public read ({k}) as a multiple of stock nameko", 10, ours[k].rate / stock[k].rate) for k in reads),
    ]
    return [side, _cpu(measured)]


def _cpu(measured: list[_Measured]) -> Section:
    section = Section(
        "CPU per answer",
        "Milliseconds of CPU time, all processes of each part; what it runs on has two cores, so their sum is what bounds it.",
        ("what", "who", *PARTS, "together"),
    )
    for kind in KINDS:
        for one in measured:
            cpu = one.by_kind[kind].cpu
            section.rows.append((kind, one.contender.name, *(f"{cpu[p]:.2f}" for p in PARTS), f"{sum(cpu.values()):.2f}"))
    return section
