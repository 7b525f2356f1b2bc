"""A guardian registers a child, sees and cancels that, and sees nothing else."""

from dataclasses import replace

import pytest

from chassis.rpc.refusal import Forbidden, NotFound
from tests.integration.events.conftest import Centre, account_id, resident

CHILD = account_id("child")


def test_a_guardian_registers_the_child(centre: Centre) -> None:
    mother, father = (replace(resident(name), children=frozenset({str(CHILD)})) for name in ("mother", "father"))
    session_id = centre.session_of(3)
    made = centre.ask(mother, "register", session_id=session_id, resident_id=str(CHILD))
    own = centre.ask(mother, "register", session_id=session_id)
    assert (made["resident_id"], made["registered_by"]) == (str(CHILD), mother.account_id)
    assert {one["id"] for one in centre.ask(mother, "list_registrations")["items"]} == {made["id"], own["id"]}
    assert [one["id"] for one in centre.ask(father, "list_registrations")["items"]] == [made["id"]]
    with pytest.raises(NotFound):
        centre.ask(father, "get_registration", registration_id=own["id"])
    cancelled = centre.cancel(made, father)
    assert cancelled["cancelled_by"] == "resident"


def test_after_the_childhood_nothing_is_seen(centre: Centre) -> None:
    mother = replace(resident("mother"), children=frozenset({str(CHILD)}))
    made = centre.ask(mother, "register", session_id=centre.session_of(3), resident_id=str(CHILD))
    later = resident("mother")
    with pytest.raises(NotFound):
        centre.ask(later, "get_registration", registration_id=made["id"])
    with pytest.raises(NotFound):
        centre.cancel(made, later)
    assert centre.ask(later, "list_registrations")["items"] == []
    with pytest.raises(Forbidden):
        centre.ask(later, "list_registrations", resident_id=str(CHILD))
    with pytest.raises(Forbidden):
        centre.ask(later, "register", session_id=centre.session_of(3), resident_id=str(CHILD))
