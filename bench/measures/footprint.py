"""Measures the resident memory of each process after work, and the start-up time of `make up`."""

import os
import signal
import subprocess
import time
from pathlib import Path
from statistics import median

from bench import bookings
from bench.children import ROOT, resident_mb
from bench.contenders import Linli, answers
from bench.results import Goal, Section
from bench.world import World
from chassis import service_registry
from tests.broker import free_port

SERVICES = service_registry.names()


def measure(world: World) -> list[Section]:
    return [_memory(world), _start_up(world)]


def _memory(world: World) -> Section:
    """Measure all services after bookings. Bookings also cause work in notify, in the feed and in the cache."""
    linli = Linli(world, "footprint", SERVICES)
    bookings.put_spaces(world, "footprint_booking", peer=False)
    contender = linli.start()
    try:
        world.note("memory after work")
        slots, bearers = bookings.Slots(), bookings.tokens(world, linli, count=32)
        seconds = 2.0 if world.quick else 8.0
        requests = bookings.to_linli(slots.take(int(seconds * 1_500)), bearers)
        contender.load(requests, clients=32, seconds=seconds, expect=201)
        contender.read(contender.spaces, clients=32, seconds=1.0)
        used = {service: resident_mb(contender.child(service).pid) for service in SERVICES}
    finally:
        contender.end()
    section = Section("Memory", "Resident, of each process, after some seconds of load.", ("process", "MB"))
    section.rows = [(service, f"{mb:.0f}") for service, mb in used.items()]
    section.goals = [Goal.at_most("Resident memory of the largest service", 90, max(used.values()), " MB")]
    return section


def _start_up(world: World) -> Section:
    """Measure the first and the second `make up` in a folder, until a request is answered. Medians of several folders."""
    rounds = 1 if world.quick else 3
    first, second = [], []
    for number in range(rounds):
        world.note(f"make up twice, round {number + 1} of {rounds}")
        home = world.folder / f"up-{number}"
        first.append(_start(home))
        second.append(_start(home))
    section = Section(
        "Start-up", "`make up` until it answers a request, everything installed; medians of the rounds.", ("start", "seconds")
    )
    section.rows = [("first, with an empty folder", f"{median(first):.1f}"), ("second", f"{median(second):.1f}")]
    section.goals = [Goal.at_most("Second start of `make up`", 6, median(second), " s")]
    return section


def _start(home: Path) -> float:
    port = free_port()
    environment = os.environ | {"LINLI_HOME": str(home), "LINLI_PORT": str(port), "LINLI_SIDE_PORT": "0"}
    began = time.perf_counter()
    with (home.with_suffix(".log")).open("ab") as output:
        up = subprocess.Popen(["make", "up"], cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        while not answers(port, "/api/v1/spaces?limit=1&community_id=liuyi"):
            if up.poll() is not None or time.perf_counter() - began > 120:
                raise RuntimeError(f"make up: {home.with_suffix('.log').read_text()[-2000:]}")
            time.sleep(0.02)
        return time.perf_counter() - began
    finally:
        os.killpg(up.pid, signal.SIGTERM)
        up.wait(60)
