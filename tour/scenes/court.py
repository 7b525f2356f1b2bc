"""Two residents book the same court at the same time. Only one of them gets it."""

import threading
from typing import Any

from tour.client import Problem
from tour.day import Day
from tour.free_time import clock, first_free
from tour.people import Person

Outcome = dict[str, Any] | Problem


def race_for_a_court(day: Day) -> None:
    runners = [day.people.resident("zhang"), day.people.resident("chen")]
    courts = runners[0].api.items("/spaces", kind="court")
    court = next(court for court in courts if "羽毛球" in court["name"]["zh-CN"])
    starts_at, ends_at = first_free(runners[0].api, court, day.now)
    wish = {"space_id": court["id"], "starts_at": starts_at, "ends_at": ends_at, "attendees": 2}
    day.tell(f"{runners[0].name} and {runners[1].name} both want {court['name']['zh-CN']}, {clock(starts_at)}")

    outcomes = at_once(runners, wish)
    won = [(who, answer) for who, answer in outcomes if isinstance(answer, dict)]
    lost = [(who, answer) for who, answer in outcomes if isinstance(answer, Problem)]
    for _, booking in won:
        day.publishes("booking.confirmed.v1", booking)
    day.check(len(won) == 1 and len(lost) == 1, "exactly one of them gets it")
    (winner, _), (loser, refusal) = won[0], lost[0]
    day.check(refusal.code == "booking.space_taken" and refusal.status == 409, f"{winner.name} has it; {loser.name} is told so")

    alternatives = refusal.details.get("alternatives", [])
    day.check(alternatives, f"and is offered {len(alternatives)} others")
    take_one_of(day, loser, alternatives, wish)


def take_one_of(day: Day, who: Person, alternatives: list[dict[str, Any]], wish: dict[str, Any]) -> None:
    """Book the first alternative that is still free. Others may have booked some of them."""
    for other in alternatives:
        instead = {name: other[name] for name in ("space_id", "starts_at", "ends_at")}
        try:
            booking = who.api.post("/bookings", wish | instead)
        except Problem as problem:
            if problem.code != "booking.space_taken":
                raise
            continue
        day.publishes("booking.confirmed.v1", booking)
        day.tell(f"{who.name} takes {other['space_name']['zh-CN']}, {clock(other['starts_at'])}")
        return
    day.check(False, "one of the alternatives is free")


def at_once(runners: list[Person], wish: dict[str, Any]) -> list[tuple[Person, Outcome]]:
    """Send the same request for all people at the same moment, and return the outcomes. Raises an error that is not an
    answer of the API."""
    line = threading.Barrier(len(runners))
    outcomes: list[tuple[Person, Outcome | Exception]] = []

    def run(who: Person) -> None:
        line.wait(timeout=10)
        try:
            outcomes.append((who, who.api.post("/bookings", wish)))
        except Exception as problem:  # raised again in the main thread, below
            outcomes.append((who, problem))

    threads = [threading.Thread(target=run, args=(who,)) for who in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers: list[tuple[Person, Outcome]] = []
    for who, outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, Problem):
            raise outcome
        answers.append((who, outcome))
    return answers
