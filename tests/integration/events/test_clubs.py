"""Clubs and their members."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from chassis.rpc.refusal import NotFound, Unauthenticated
from tests.integration.events.conftest import VISITOR, Centre, resident


def test_joining_counts_and_shows_for_the_one_who_joined(centre: Centre) -> None:
    joined = centre.ask(resident("wang"), "join_club", club_id=centre.club_id)
    assert (joined["joined"], joined["members_count"]) == (True, 1)
    assert centre.ask(resident("wang"), "get_club", club_id=centre.club_id)["joined"] is True
    assert centre.ask(resident("li"), "get_club", club_id=centre.club_id)["joined"] is False
    listed = centre.ask(resident("wang"), "list_clubs")["items"]
    assert [(club["id"], club["joined"], club["members_count"]) for club in listed] == [(centre.club_id, True, 1)]
    assert centre.ask(VISITOR, "list_clubs", section="neighbour")["items"][0]["joined"] is False
    assert centre.ask(VISITOR, "list_clubs", section="elders")["items"] == []


def test_joining_twice_is_joining_once(centre: Centre) -> None:
    for _ in range(2):
        assert centre.ask(resident("wang"), "join_club", club_id=centre.club_id)["members_count"] == 1
    assert [type_ for type_, _ in centre.published()] == ["club.joined.v1"]


def test_a_membership_that_ends_and_begins_again_is_the_same_one(centre: Centre) -> None:
    wang = resident("wang")
    for method, joined in (("join_club", True), ("leave_club", False), ("leave_club", False), ("join_club", True)):
        club = centre.ask(wang, method, club_id=centre.club_id)
        assert (club["joined"], club["members_count"]) == (joined, int(joined))
    assert centre.published() == [("club.joined.v1", 1), ("club.left.v1", 2), ("club.joined.v1", 3)]
    assert len(centre.rows("SELECT id FROM membership")) == 1


def test_a_visitor_does_not_join_and_an_unknown_club_is_not_found(centre: Centre) -> None:
    with pytest.raises(Unauthenticated):
        centre.ask(VISITOR, "join_club", club_id=centre.club_id)
    for method in ("join_club", "leave_club", "get_club"):
        with pytest.raises(NotFound):
            centre.ask(resident("wang"), method, club_id=str(uuid4()))


def test_many_who_join_at_once_are_all_counted_once(centre: Centre) -> None:
    names = [f"resident-{number % 8}" for number in range(32)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: centre.ask(resident(name), "join_club", club_id=centre.club_id), names))
    assert centre.ask(VISITOR, "get_club", club_id=centre.club_id)["members_count"] == 8
    assert len(centre.published()) == 8
