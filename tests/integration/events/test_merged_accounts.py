"""Registrations and memberships of a merged account belong to the one that stays; of two in one session, one stays."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.events.merged_accounts import use_cases
from tests.integration.events.conftest import NOW, Centre, account_id, resident


def hear(centre: Centre, goes: str, stays: str) -> None:
    with transaction(centre.engine) as session:
        merged: Any = {"account_id": account_id(goes), "into": account_id(stays), "merged_at": NOW}
        use_cases.account_merged(Call(session, NOW), **merged)


def active(centre: Centre, session_id: str) -> list[tuple[UUID, int, str]]:
    rows = centre.rows(
        "SELECT resident_id, seats, state FROM registration WHERE session_id = :id AND state <> 'cancelled'"
        " ORDER BY seats DESC, id",
        id=session_id,
    )
    return [(row["resident_id"], row["seats"], row["state"]) for row in rows]


def counters(centre: Centre, session_id: str) -> tuple[int, int]:
    row = centre.session(session_id)
    return row["taken"], row["waiting"]


@pytest.mark.parametrize("order", list(permutations([("a", "b"), ("b", "c")])))
def test_a_chain_in_any_order(centre: Centre, order: tuple[tuple[str, str], ...]) -> None:
    first, second = centre.session_of(4), centre.session_of(4)
    centre.register("a", first)
    centre.register("b", second)
    for _ in range(2):
        for pair in order:
            hear(centre, *pair)
        assert active(centre, first) == active(centre, second) == [(account_id("c"), 1, "confirmed")]


def test_two_registrations_for_one_session_become_the_better_one(centre: Centre) -> None:
    session_id = centre.session_of(4)
    centre.register("goes", session_id, seats=3)
    kept = centre.register("stays", session_id)
    centre.register("queue", session_id, seats=1)
    assert counters(centre, session_id) == (4, 1)
    for _ in range(2):
        hear(centre, "goes", "stays")
    # The larger one stays. The single seat of the other goes to the queue.
    assert active(centre, session_id) == [(account_id("stays"), 3, "confirmed"), (account_id("queue"), 1, "confirmed")]
    assert counters(centre, session_id) == (4, 0)
    told = centre.rows("SELECT data FROM outbox WHERE type = 'registration.cancelled.v1'")
    assert [(row["data"]["registration_id"], row["data"]["reason"]) for row in told] == [(kept["id"], "merged")]


def test_a_seat_is_better_than_a_place_in_the_queue(centre: Centre) -> None:
    session_id = centre.session_of(2)
    centre.register("other", session_id)
    centre.register("stays", session_id)
    centre.register("goes", session_id, seats=2)
    hear(centre, "goes", "stays")
    assert (account_id("stays"), 1, "confirmed") in active(centre, session_id)
    assert counters(centre, session_id) == (2, 0)


def members(centre: Centre) -> tuple[int, list[tuple[UUID, bool]]]:
    rows = centre.rows("SELECT resident_id, left_at FROM membership ORDER BY resident_id")
    [club] = centre.rows("SELECT members_count FROM club")
    return club["members_count"], [(row["resident_id"], row["left_at"] is None) for row in rows]


@pytest.mark.parametrize(
    ("joined", "left", "is_member", "count"),
    [
        (("goes",), (), True, 1),
        (("goes", "stays"), (), True, 1),
        (("goes", "stays"), ("stays",), True, 1),
        (("goes", "stays"), ("goes",), True, 1),
        (("goes", "stays"), ("goes", "stays"), False, 0),
    ],
)
def test_memberships(centre: Centre, joined: tuple[str, ...], left: tuple[str, ...], is_member: bool, count: int) -> None:
    for name in joined:
        centre.ask(resident(name), "join_club", club_id=centre.club_id)
    for name in left:
        centre.ask(resident(name), "leave_club", club_id=centre.club_id)
    for _ in range(2):
        hear(centre, "goes", "stays")
    counted, found = members(centre)
    assert counted == count
    assert dict(found)[account_id("stays")] == is_member
    assert not dict(found).get(account_id("goes"), False)
    joined_messages = [type_ for type_, _ in centre.published() if type_ == "club.joined.v1"]
    left_messages = [type_ for type_, _ in centre.published() if type_ == "club.left.v1"]
    assert len(joined_messages) - len(left_messages) == count, "who counts the messages has the same number"
