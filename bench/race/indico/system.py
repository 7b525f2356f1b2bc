"""Indico, as the race starts and ends it."""

import json
import os
import secrets
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from bench.children import ROOT, Child
from bench.race.tally import Options, Race, Tally
from bench.world import World, all_ended
from tests.broker import free_port

PYTHON = ROOT / ".venv-race" / "bin" / "python"
HERE = Path(__file__).parent
# Occurrences of accepted bookings of one room. `state` 2 is valid, accepted; the numbers are Indico's.
OVERLAPS = """
    SELECT count(*) FROM roombooking.reservation_occurrences a JOIN roombooking.reservations ra ON ra.id = a.reservation_id
    JOIN roombooking.reservation_occurrences b ON a.start_dt < b.end_dt AND b.start_dt < a.end_dt
    JOIN roombooking.reservations rb ON rb.id = b.reservation_id
    WHERE ra.room_id = rb.room_id AND (a.reservation_id, a.start_dt) < (b.reservation_id, b.start_dt)
        AND a.state = :valid AND b.state = :valid AND ra.state = :accepted AND rb.state = :accepted
"""
KEPT = "SELECT count(*) FROM roombooking.reservation_occurrences WHERE state = :valid"
VALID, ACCEPTED = 2, 2


PATIENCE = 240.0  # seconds for the start and the last attempt of a worker


class NotInstalled(Exception):
    """`make .venv-race/ready` installs it."""


class Indico:
    name = "Indico"

    def __init__(self, world: World) -> None:
        if not PYTHON.exists():
            raise NotInstalled(f"{PYTHON} does not exist: run `make .venv-race/ready`")
        if shutil.which("redis-server") is None:
            raise NotInstalled("Indico needs redis-server")
        self._world, self._home = world, world.folder / "indico"

    def version(self) -> str:
        code = "from importlib.metadata import version; print(version('indico'))"
        return subprocess.run([str(PYTHON), "-c", code], check=True, capture_output=True, text=True).stdout.strip()

    def race(self, options: Options) -> Race:
        self._prepare()
        children = [self._redis()]
        with all_ended(children):
            self._run("db", "prepare")
            self._finish(self._worker("prepare", "prepare"))
            self._world.note("indico: attacks")
            share = str(options.attempts // options.attackers)
            for number in range(options.attackers):
                children.append(self._worker(f"attacker-{number}", "attack", str(number), share, str(options.seconds)))
            tally, seconds = Tally(), 0.0
            for worker in children[1:]:
                seconds = max(seconds, self._count(tally, self._finish(worker, options.seconds + PATIENCE)))
        with self._world.engine("indico").connect() as connection:
            about = {"valid": VALID, "accepted": ACCEPTED}
            overlaps = int(connection.scalar(text(OVERLAPS), about) or 0)
            kept = int(connection.scalar(text(KEPT), {"valid": VALID}) or 0)
        found = {"two at one time in one room": overlaps, "errors": len(tally.odd)}
        return Race(tally, seconds, found, (f"{options.attackers} processes", f"{kept:,} dates are booked at the end"))

    def _prepare(self) -> None:
        for folder in ("cache", "tmp", "log", "archive"):
            (self._home / folder).mkdir(parents=True)
        self._world.create_database("indico")
        self._world.run_sql("indico", "CREATE EXTENSION unaccent", "CREATE EXTENSION pg_trgm")
        self._redis_port = free_port()
        filled = (
            (HERE / "indico.conf")
            .read_text()
            .format(
                database=f"postgresql:///indico?host={self._world.folder}/postgres&user=postgres",
                secret=secrets.token_hex(16),
                redis=f"redis://127.0.0.1:{self._redis_port}",
                home=self._home,
            )
        )
        (self._home / "indico.conf").write_text(filled)
        sample = subprocess.run(
            [str(PYTHON), "-c", "import indico; print(indico.__path__[0])"], check=True, capture_output=True, text=True
        )
        shutil.copy(Path(sample.stdout.strip()) / "logging.yaml.sample", self._home / "logging.yaml")

    @property
    def _environment(self) -> dict[str, str]:
        return {"INDICO_CONFIG": str(self._home / "indico.conf")}

    def _redis(self) -> Child:
        command = [
            "redis-server",
            "--port",
            str(self._redis_port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self._home),
        ]
        redis = Child("redis", command, self._home, {})
        redis.wait_until(lambda: redis.says("Ready to accept connections"))
        return redis

    def _run(self, *arguments: str) -> None:
        self._world.note(f"indico {' '.join(arguments)}")
        command = [str(PYTHON.with_name("indico")), *arguments]
        done = subprocess.run(command, env={**os.environ, **self._environment}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])

    def _worker(self, name: str, *arguments: str) -> Child:
        return Child(f"indico-{name}", [str(PYTHON), str(HERE / "worker.py"), *arguments], self._home, self._environment)

    @staticmethod
    def _finish(worker: Child, seconds: float = 120.0) -> str:
        """The last line that it printed. Raises RuntimeError if it failed."""
        if code := worker.wait(seconds):
            raise RuntimeError(f"{worker.name} ended with {code}: {worker.log.read_text()[-2000:]}")
        return (worker.log.read_text().splitlines() or [""])[-1]

    @staticmethod
    def _count(tally: Tally, line: str) -> float:
        """Add what a worker has made. Returns how long it took, in seconds, without its start."""
        made = json.loads(line)
        tally.attempts += made["attempts"]
        tally.outcomes += Counter(made["outcomes"])
        return float(made["seconds"])
