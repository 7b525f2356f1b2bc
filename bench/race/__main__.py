"""Runs the race and prints what it found. Exit code 1 if anything is there that must not be."""

import argparse
import signal
import sys

from rich.console import Console

from bench.race.indico.system import Indico
from bench.race.linli.system import LinliRaced
from bench.race.tally import Options, Race, System
from bench.world import world

console = Console(highlight=False, width=160)
SYSTEMS: dict[str, type[System]] = {"linli": LinliRaced, "indico": Indico}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.race", description=__doc__)
    parser.add_argument("--system", choices=sorted(SYSTEMS), default="linli")
    parser.add_argument("--attempts", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=600.0, help="the race ends after this time at the latest")
    parser.add_argument("--attackers", type=int, default=12)
    parser.add_argument("--kill-every", type=float, default=25.0, help="seconds between two kills of a process; 0: never")
    chosen = parser.parse_args()
    options = Options(chosen.attempts, chosen.seconds, chosen.attackers, chosen.kill_every)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what the race has started ends with it
    with world(quick=True, note=lambda words: console.print(f"[dim]{words}[/]")) as the:
        system = SYSTEMS[chosen.system](the)  # type: ignore[call-arg]  # every adapter takes the world
        _print(system, race := system.race(options))
    return 1 if any(race.found.values()) else 0


def _print(system: System, race: Race) -> None:
    tally = race.tally
    console.print(f"{system.name} {system.version()}")
    console.print(
        f"{tally.attempts:,} attempts in {race.seconds:.0f} s ({tally.attempts / race.seconds:.0f}/s), "
        f"{tally.copies:,} of them copies with the same key, {tally.lost:,} without an answer; {'; '.join(race.remarks)}"
    )
    for outcome, count in tally.outcomes.most_common():
        console.print(f"  {count:>9,}  {outcome}")
    for name, count in race.found.items():
        console.print(f"  [{'red' if count else 'green'}]{name}: {count:,}[/]")
    for words in (*tally.contradictions[:5], *tally.odd[-8:]):
        console.print(words, markup=False)


if __name__ == "__main__":
    sys.exit(main())
