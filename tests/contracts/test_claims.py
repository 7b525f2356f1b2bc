"""Claims: what a service asks of booking, and what booking answers. Each reads every example of the other."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from marshmallow import ValidationError

from chassis.messaging.contracts import Contract, ContractBroken
from services.booking.bookings.messages import CONTRACTS as OF_BOOKING
from services.booking.claims import messages
from services.booking.claims.models import OUTCOMES, Asked, ClaimRequest, NotPossible
from services.booking.equipment.sessions import Given
from services.booking.interface.equipment_refusals import EquipmentTaken
from services.booking.interface.refusals import Closed, OverCapacity
from services.events.messages import CONTRACTS as OF_EVENTS
from services.events.rooms.messages import ANSWERS, CLOSURES

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ASKED = Asked(uuid4(), (uuid4(), uuid4()), NOW, NOW.replace(hour=3), 8)
OFFER = {"space_id": str(uuid4()), "space_name": {"zh-CN": "阅览室"}, "starts_at": NOW.isoformat(), "ends_at": NOW.isoformat()}
GIVEN = Given(uuid4(), {"zh-CN": "投影仪"}, 1)
REFUSED = messages.refused([NotPossible(ASKED, uuid4(), OverCapacity(capacity=4, attendees=8), [OFFER])], [uuid4()])
BUILT = {"granted": messages.granted([ASKED], NOW, {ASKED.holder_id: [GIVEN]}), "refused": REFUSED, "released": {}}
ANSWERED = [contract for contract in OF_BOOKING if contract.type in messages.ANSWERS.values()]
REQUESTS = [contract for contract in OF_EVENTS if contract.type.endswith(".claim_requested.v1")]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_answer_keeps_its_contract(outcome: str) -> None:
    request = ClaimRequest(community_id="liuyi", version=0, requester="events", request=0, outcome="released", answer={})
    request.settle(3, outcome, BUILT[outcome], NOW)
    message = messages.claim_answered(request)
    message.contract.check(message.data)
    assert (message.version, message.data["request"], message.aggregate_id) == (1, 3, request.id)
    assert "4" in REFUSED["refusals"][0]["message"]["en"]


def test_every_answer_is_built_and_heard() -> None:
    assert {contract.type for contract in ANSWERED} == set(messages.ANSWERS.values()) == set(ANSWERS)
    assert set(BUILT) == set(OUTCOMES)


@pytest.mark.parametrize("contract", ANSWERED, ids=lambda contract: contract.type)
def test_the_requester_reads_every_answer(contract: Contract) -> None:
    for example in contract.examples:
        contract.check(example)
        assert ANSWERS[contract.type]().load(example)["request"] == 1
        for name in example:
            with pytest.raises(ContractBroken, match=name):
                contract.check({key: value for key, value in example.items() if key != name})


@pytest.mark.parametrize("contract", REQUESTS, ids=lambda contract: contract.type)
def test_booking_reads_every_request(contract: Contract) -> None:
    assert contract.schema["properties"]["times"]["maxItems"] == messages.MOST_TIMES
    for example in contract.examples:
        read: dict[str, Any] = messages.ClaimRequestedRead().load(example)
        assert isinstance(read["times"][0], Asked) and read["request"] == 1
        assert len(read["times"][0].equipment) == 1
        # The last release of the requester names none.
        old = example | {
            "times": [{name: value for name, value in time.items() if name != "equipment"} for time in example["times"]]
        }
        contract.check(old)
        assert messages.ClaimRequestedRead().load(old)["times"][0].equipment == ()
        with pytest.raises(ValidationError, match="for good"):
            messages.ClaimRequestedRead().load(example | {"expires_at": NOW.isoformat()})


def test_the_requester_reads_what_was_given_and_the_answer_of_the_last_release() -> None:
    (granted,) = [contract for contract in ANSWERED if contract.type == "booking.claim_granted.v1"]
    (example,) = granted.examples
    read = ANSWERS[granted.type]().load(example)
    assert [one["quantity"] for one in read["times"][0]["equipment"]] == [1]
    old = example | {
        "times": [{name: value for name, value in time.items() if name != "equipment"} for time in example["times"]]
    }
    granted.check(old)
    assert ANSWERS[granted.type]().load(old)["times"][0]["equipment"] is None


def test_a_refusal_names_the_missing_equipment() -> None:
    missing = {"kind_id": str(uuid4()), "name": {"zh-CN": "投影仪", "en": "Projector"}, "wanted": 2, "free": 1}
    request = ClaimRequest(community_id="liuyi", version=0, requester="events", request=0, outcome="released", answer={})
    reason = NotPossible(ASKED, uuid4(), EquipmentTaken(equipment=[missing]), [OFFER])
    request.settle(1, "refused", messages.refused([reason], []), NOW)
    message = messages.claim_answered(request)
    message.contract.check(message.data)
    (one,) = message.data["refusals"]
    assert one["equipment"] == [missing] and "投影仪（要 2，只剩 1）" in one["message"]["zh-CN"]
    ANSWERS[message.contract.type]().load(message.data)


def test_what_a_closure_does_to_a_claim_is_built_and_heard() -> None:
    request = ClaimRequest(
        id=uuid4(), community_id="liuyi", version=3, requester="events", request=2, outcome="granted", answer={}
    )
    closure_id = uuid4()
    disrupted = messages.claim_disrupted(
        request, closure_id, [NotPossible(ASKED, uuid4(), Closed(reason="blocked"), [OFFER])], NOW
    )
    restored = messages.claim_restored(request, closure_id, [ASKED.holder_id], NOW)
    assert {disrupted.contract.type, restored.contract.type} == set(CLOSURES)
    assert (disrupted.aggregate_id, disrupted.version, restored.version) == (restored.aggregate_id, 1, 2)
    for message in (disrupted, restored):
        message.contract.check(message.data)
        read = CLOSURES[message.contract.type]().load(message.data)
        assert (read["claim_id"], read["closure_id"]) == (request.id, closure_id)
        for example in message.contract.examples:
            assert CLOSURES[message.contract.type]().load(example)
