"""Services hear the household and the age of the resident for whom staff act."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.rpc.identity import Identity
from chassis.rpc.interface import Verb
from gateway.calls import named_resident
from gateway.calls.named_resident import VERBS, with_resident
from services.booking.interface import BOOKING

# They only show what is stored about the resident.
ONLY_FILTER = {"booking.list_bookings", "booking.list_series", "booking.list_waits", "booking.list_refused_attempts"}
NAMING = {verb.address: verb for verb in BOOKING if "resident_id" in verb.takes.fields}


def test_each_verb_that_acts_for_a_resident_is_known() -> None:
    """Else limits of households count one person only, and times that are kept for elders stay closed to them."""
    assert NAMING.keys() - ONLY_FILTER == VERBS


@pytest.mark.parametrize("verb", [verb for address, verb in NAMING.items() if address not in ONLY_FILTER])
def test_its_call_names_household_and_age(monkeypatch: pytest.MonkeyPatch, verb: Verb) -> None:
    household: Any = uuid4()
    resident = str(uuid4())
    monkeypatch.setattr(named_resident, "facts_of", lambda account_id: (household, 65, "yuxin"))
    clerk = Identity(account_id=str(uuid4()), party="staff", roles=frozenset({"clerk"}), community_id="liuyi")
    who = with_resident(clerk, verb, {"resident_id": resident})
    assert (who.household_of(UUID(resident)), who.age_of(resident)) == (str(household), 65)
    assert who.home_of(resident) == "yuxin"
    assert Identity.from_claims(who.to_claims()) == who
    oneself = Identity(account_id=resident, party="resident")
    assert with_resident(oneself, verb, {"resident_id": str(uuid4())}) == oneself
