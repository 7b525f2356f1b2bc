"""One day at the centre, over HTTP only. Exit codes: 0 everything was correct, 1 something was wrong, 2 no server answers.

LINLI_URL, --url                  the instance (the one of `make up` that runs, else http://127.0.0.1, at LINLI_PORT or 8000)
LINLI_TOUR_AMQP_URI, --amqp-uri   a broker and a subscriber's user: the outside system subscribes there, not over HTTP
"""

import os
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import requests
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from chassis.cli import instances
from tour import outside
from tour.client import Client
from tour.day import Day
from tour.ledger import Ledger
from tour.narrator import Narrator
from tour.people import People
from tour.scenes import SCENES

DEFAULT_URL = "http://127.0.0.1:8000"
PATIENCE = 20.0  # seconds to wait for the last event; normally it takes milliseconds


def main(arguments: Sequence[str] | None = None) -> int:
    options = read(arguments)
    console = Console(highlight=False)
    if options.url is None:
        found = [instance.url for instance in instances.running()]
        if len(found) > 1:
            console.print(f"Several instances run: {', '.join(found)}. Choose one with LINLI_URL.", style="red")
            return 2
        options.url = found[0] if found else DEFAULT_URL
    if not answers(options.url):
        console.print(f"Nobody answers at {options.url}. Start the district first (make up), or set LINLI_URL.", style="red")
        return 2
    console.print(Panel(f"[bold]一天 · One day at the 六一社区 centre[/]\n{options.url}", expand=False))
    started = time.monotonic()
    day = Day(People(options.url), Narrator(console), datetime.now(UTC))
    play(day, options)
    console.print()
    for failure in day.narrator.failures:
        console.print(f"[bold red]✗[/] {escape(failure)}")
    outcome = "[bold red]The day went wrong[/]" if day.narrator.failures else "[bold green]The day went well[/]"
    console.print(f"{outcome}, in {time.monotonic() - started:.1f} s.")
    return 1 if day.narrator.failures else 0


def read(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="tour", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    port = os.environ.get("LINLI_PORT")
    parser.add_argument("--url", default=os.environ.get("LINLI_URL", f"http://127.0.0.1:{port}" if port else None))
    parser.add_argument("--amqp-uri", default=os.environ.get("LINLI_TOUR_AMQP_URI"))
    return parser.parse_args(arguments)


def answers(url: str) -> bool:
    try:
        return Client(url).reaches("/livez")
    except requests.RequestException:
        return False


def play(day: Day, options: Namespace) -> None:
    """Play all scenes. The outside system subscribes before the first scene and is checked after the last."""
    ledger = Ledger()
    with day.narrator.scene("08:30  区级系统 — an outside system begins to listen"), listening(day, options, ledger):
        for title, scene in SCENES:
            with day.narrator.scene(title):
                scene(day)
        with day.narrator.scene("17:30  区级系统 — what the outside system has heard"):
            account_for(day, ledger)


@contextmanager
def listening(day: Day, options: Namespace, ledger: Ledger) -> Iterator[None]:
    if options.amqp_uri:
        with outside.by_amqp(options.amqp_uri, ledger):
            day.tell("it has a queue of its own on RabbitMQ, bound to district.events")
            yield
        return
    admin = day.people.staff("admin")
    key = admin.api.post("/api-keys", {"label": "tour", "scopes": ["messages:read"]})
    system = Client(options.url, {"X-API-Key": key["secret"]})
    try:
        with outside.by_stream(system, ledger):
            day.tell(f"{admin.name} (admin) made it an API key; it reads the event stream over HTTP")
            yield
    finally:
        admin.api.delete(f"/api-keys/{key['id']}")


def account_for(day: Day, ledger: Ledger) -> None:
    day.check(day.published, f"the day has published {len(day.published)} events")
    ledger.wait_for(day.published, PATIENCE)
    complaints = ledger.complaints(day.published)
    for complaint in complaints:
        day.narrator.failures.append(f"outside system: {complaint}")
        day.narrator.say(f"  ✗ {complaint}")
    types = sorted({one.type for one in day.published})
    day.check(not complaints, f"each came once and in order: {', '.join(types)}")
