"""Runs the race and prints what it found. Exit code 1 if anything is there that must not be."""

import argparse
import sys
import threading
import time
from dataclasses import asdict

from rich.console import Console

from bench.bookings import COMMUNITY
from bench.children import Child, linli
from bench.contenders import Linli
from bench.race.attackers import ADMIN, ALLOWED, RESIDENTS, Attacker, Closer, Tally
from bench.race.line import Line
from bench.race.verdict import verdict
from bench.world import world

console = Console(highlight=False)
REPLICAS = 2


class Replicas:
    """The processes of booking. `kill_one` kills them in turn, and starts another one."""

    def __init__(self, installation: Linli) -> None:
        self._installation, self._made, self.kills = installation, 0, 0
        self.running = [self._start() for _ in range(REPLICAS)]
        for one in self.running:
            one.wait_until(lambda one=one: one.says('"serving"'))  # type: ignore[misc]

    def _start(self) -> Child:
        self._made += 1
        environment = self._installation.environment
        return Child(f"booking-{self._made}", linli("run", "booking"), self._installation.home, environment)

    def kill_one(self) -> None:
        victim = self.running.pop(0)
        victim._process.kill()
        victim._process.wait()
        self.kills += 1
        self.running.append(self._start())

    def end(self) -> None:
        for one in self.running:
            one.end()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.race", description=__doc__)
    parser.add_argument("--attempts", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=600.0, help="the race ends after this time at the latest")
    parser.add_argument("--attackers", type=int, default=12)
    parser.add_argument("--kill-every", type=float, default=8.0, help="seconds between two kills")
    options = parser.parse_args()
    with world(quick=True, note=lambda words: console.print(f"[dim]{words}[/]")) as the:
        installation = Linli(the, "race", ("booking",))
        replicas = Replicas(installation)
        try:
            _limit(installation)
            tally, seconds = _race(installation, replicas, options)
            installation._publish_everything()
        finally:
            replicas.end()
        residents = [who.account_id or "" for who in RESIDENTS]
        found = verdict(the.engine("race_booking"), tally.promised, residents, ALLOWED)
    console.print(
        f"{tally.attempts:,} requests in {seconds:.0f} s ({tally.attempts / seconds:.0f}/s), {replicas.kills} replicas killed, "
        f"{tally.lost:,} replies lost with them and asked for again"
    )
    for outcome, count in tally.outcomes.most_common():
        console.print(f"  {count:>8,}  {outcome}")
    zeros = asdict(found) | {"contradictions": len(tally.contradictions), "errors": len(tally.odd)}
    for name, count in zeros.items():
        console.print(f"  [{'red' if count else 'green'}]{name.replace('_', ' ')}: {count}[/]")
    for words in (*tally.contradictions[:5], *tally.odd[:5]):
        console.print(words)
    return 1 if any(zeros.values()) else 0


def _limit(installation: Linli) -> None:
    """A resident books at most ALLOWED courts a day."""
    line = Line(installation)
    limit = {"community_id": COMMUNITY, "subject": "resident", "kind": "court", "measure": "count", "period": "day"}
    (made,) = line.ask(ADMIN, "add_limit", limit | {"allowed": ALLOWED})
    line.close()
    if made["error"]:
        raise RuntimeError(f"no limit: {made['error']}")


def _race(installation: Linli, replicas: Replicas, options: argparse.Namespace) -> tuple[Tally, float]:
    stop = threading.Event()
    share = options.attempts // options.attackers
    attackers = [Attacker(installation, number, share, stop) for number in range(options.attackers)]
    closer = Closer(installation, stop)
    began = time.monotonic()
    for one in (*attackers, closer):
        one.start()
    killed = began
    while any(one.is_alive() for one in attackers) and time.monotonic() - began < options.seconds:
        time.sleep(0.2)
        if time.monotonic() - killed > options.kill_every:
            replicas.kill_one()
            killed = time.monotonic()
    stop.set()
    for one in (*attackers, closer):
        one.join(60)
    total = Tally()
    for one in (*attackers, closer):
        total.add(one.tally)
    return total, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
