"""Prints the day's story, and collects the failures."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from rich.console import Console
from rich.markup import escape

from tour.client import Problem


class Broken(Exception):
    """An expected result did not happen."""


class Narrator:
    def __init__(self, console: Console) -> None:
        self._console = console
        self.failures: list[str] = []

    @contextmanager
    def scene(self, title: str) -> Iterator[None]:
        """One scene of the day. A failure in it is printed and recorded. The next scene is still played."""
        self._console.print(f"\n[bold]{escape(title)}[/]")
        try:
            yield
        except (Broken, Problem, requests.RequestException, LookupError) as error:
            told = str(error) if isinstance(error, (Broken, Problem)) else f"{type(error).__name__}: {error}"
            self.failures.append(f"{title}: {told}")
            self._console.print(f"  [bold red]✗[/] {escape(told)}")

    def tell(self, what: str) -> None:
        """Print a line about something that was correct."""
        self._console.print(f"  [green]✓[/] {escape(what)}")

    def say(self, what: str) -> None:
        self._console.print(escape(what))

    def check(self, holds: object, what: str) -> None:
        """Print `what` if `holds` is true. Raises Broken otherwise."""
        if not holds:
            raise Broken(f"not so: {what}")
        self.tell(what)
