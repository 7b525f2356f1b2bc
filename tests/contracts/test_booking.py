"""What booking publishes keeps its contracts, and the contracts explain themselves."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.messaging.contracts import Contract, ContractBroken, Message
from services.booking.bookings.messages import CONTRACTS, booking_message, declined, moved_from, requested
from services.booking.calendar.messages import calendar_changed
from services.booking.day_lists.messages import MOST_LISTED, day_listed
from services.booking.day_lists.models import DayList, Listed
from services.booking.interface.booking_words import STAFF_REASONS
from services.booking.managed_spaces.messages import approvers_left
from services.notify.routing.messages import BOOKING_READERS
from tests.unit.booking.spaces import MONDAY, NOW, example_booking, example_space, local

TEN, ELEVEN = local(MONDAY, "10:00"), local(MONDAY, "11:00")
CONTRACT_LIST = [
    contract
    for contract in CONTRACTS
    if contract.type not in ("booking.account_erased.v1", "calendar.changed.v1")
    and not contract.type.startswith(
        tuple(f"booking.{kind}_" for kind in ("claim", "series", "need", "wait", "ticket", "day", "lottery", "approvers"))
    )
]  # tests/contracts/test_erasure.py, test_claims.py, and so on; calendar.changed.v1 is below
QUIET = {"booking.attendees_changed.v1"}  # nobody is notified of these


def built() -> list[Message]:
    """One message of every type, about one booking in the order in which things happen to it."""
    booking = example_booking(example_space(), TEN, ELEVEN)
    booking.purpose, confirmed = "给母亲过生日", booking_message("booking.confirmed.v1", booking, NOW)
    booking.move(TEN + timedelta(hours=1), ELEVEN + timedelta(hours=1), NOW)
    before = {"previous_starts_at": TEN, "previous_ends_at": ELEVEN}
    rescheduled = booking_message("booking.rescheduled.v1", booking, NOW, **before, moved_by="resident")
    numbers = {"attendees": booking.attendees + 1, "previous_attendees": booking.attendees}
    booking.change_attendees(booking.attendees + 1, NOW)
    changed = booking_message("booking.attendees_changed.v1", booking, NOW, **numbers)
    things: dict[str, Any] = {"equipment": [], "missing_equipment": [], "changed_by": "resident"}
    booking.want_equipment(True, NOW)
    equipped = booking_message("booking.equipment_changed.v1", booking, NOW, **things)
    ended = booking_message("booking.ended_early.v1", booking, NOW, previous_ends_at=ELEVEN, ended_by="resident")
    booking.miss(TEN + timedelta(hours=1, minutes=10), by="job")
    missed = booking_message("booking.no_show.v1", booking, NOW, previous_ends_at=ELEVEN, marked_by="job")
    booking.undo_no_show(ELEVEN)
    undone = booking_message("booking.no_show_undone.v1", booking, NOW)
    appealed = booking_message("booking.appeal_answered.v1", booking, NOW, outcome="granted")
    booking.cancel(NOW, by="resident", reason="下雨")
    cancelled = booking_message("booking.cancelled.v1", booking, NOW, cancelled_by="resident")
    return [confirmed, rescheduled, changed, equipped, ended, missed, undone, appealed, cancelled, *answered()]


def answered() -> list[Message]:
    """A request that is declined, and one that lapses."""
    made = [
        example_booking(example_space(needs_approval=True, answer_notice_minutes=60, approver_ids=ids), TEN, ELEVEN)
        for ids in ([], [UUID(int=9)])
    ]
    for booking in made:
        booking.ask(NOW)
    first, second = (requested(booking, NOW) for booking in made)
    made[0].decline(UUID(int=9), NOW, "unclear", "给母亲过生日")
    made[1].lapse()
    return [first, second, declined(made[0], NOW), booking_message("booking.request_lapsed.v1", made[1], NOW)]


def test_what_is_built_fits_its_schema_and_every_contract_is_built() -> None:
    messages = built()
    for message in messages:
        message.contract.check(message.data)
    assert {message.type for message in messages} == {contract.type for contract in CONTRACT_LIST}
    assert [message.version for message in messages] == [1, 2, 3, 4, 4, 5, 6, 6, 7, 1, 1, 2, 2]


def test_the_list_of_the_next_day_fits_its_schema_and_is_heard() -> None:
    listed = Listed(UUID(int=1), UUID(int=2), {"zh-CN": "一号场"}, TEN, ELEVEN, 4)
    day_list = DayList(id=UUID(int=3), version=1, community_id="liuyi", account_id=UUID(int=4), day=MONDAY, list_at="18:00")
    message = day_listed(day_list, [listed] * (MOST_LISTED + 1), NOW, corrects=False)
    message.contract.check(message.data)
    assert (message.data["count"], len(message.data["bookings"])) == (MOST_LISTED + 1, MOST_LISTED)
    for example in message.contract.examples:
        message.contract.check(example)
    assert message.contract.queues == {"evt-booking--notify.feed_booking.v1", "evt-booking--notify.tell_of_booking.v1"}


def test_the_loss_of_the_last_approver_fits_its_schema_and_is_read() -> None:
    message = approvers_left(example_space(needs_approval=True, id=UUID(int=1), version=2), [UUID(int=2)], NOW)
    message.contract.check(message.data)
    for example in (message.data, *message.contract.examples):
        message.contract.check(example)
        assert BOOKING_READERS[message.type]().load(example)["staff_ids"]
    assert message.contract.queues == {"evt-booking--notify.feed_booking.v1", "evt-booking--notify.tell_of_booking.v1"}


def test_staff_of_the_space_are_named_in_what_they_hear_of_and_nowhere_else() -> None:
    told = {"new": [UUID(int=9)], "changes": [UUID(int=8), UUID(int=7)], "no_shows": [], "requests": [], "tomorrow": []}
    booking = example_booking(example_space(staff_told=told), TEN, ELEVEN)
    confirmed = booking_message("booking.confirmed.v1", booking, NOW)
    cancelled = booking_message("booking.cancelled.v1", booking, NOW, cancelled_by="resident")
    ended = booking_message("booking.ended_early.v1", booking, NOW, previous_ends_at=ELEVEN, ended_by="resident")
    for message in (confirmed, cancelled, ended):
        message.contract.check(message.data)
    assert confirmed.data["staff_ids"] == [str(UUID(int=9))]
    assert cancelled.data["staff_ids"] == [str(UUID(int=7)), str(UUID(int=8))]
    assert "staff_ids" not in ended.data


def test_staff_of_both_spaces_hear_of_a_move_from_one_to_the_other() -> None:
    before = example_space(id=UUID(int=5), staff_told={"changes": [UUID(int=8)]})
    booking = example_booking(example_space(id=UUID(int=6), staff_told={"changes": [UUID(int=9)]}), TEN, ELEVEN)
    facts = moved_from(booking, before, TEN, ELEVEN)
    message = booking_message("booking.rescheduled.v1", booking, NOW, **facts, moved_by="staff")
    message.contract.check(message.data)
    assert message.data["staff_ids"] == [str(UUID(int=8)), str(UUID(int=9))]


def test_a_message_says_that_there_is_a_door_code_and_never_which() -> None:
    booking = example_booking(example_space(lock_id=UUID(int=9)), TEN, ELEVEN)
    message = booking_message("booking.confirmed.v1", booking, NOW)
    message.contract.check(message.data)
    assert message.data["door_code"] is True


def test_no_message_carries_what_people_wrote() -> None:
    for message in built():
        assert "给母亲过生日" not in str(message.data) and "下雨" not in str(message.data)


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
def test_examples_fit_and_every_field_is_described(contract: Contract) -> None:
    assert contract.examples
    for example in contract.examples:
        contract.check(example)
    schema = contract.schema
    assert schema["title"] and schema["description"]
    told = {"evt-booking--notify.feed_booking.v1"}
    assert contract.queues == (told if contract.type in QUIET else told | {"evt-booking--notify.tell_of_booking.v1"})
    assert all(about["description"] for about in schema["properties"].values())


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
@pytest.mark.parametrize(
    "broken",
    [{"starts_at": "tomorrow"}, {"booking_id": "7"}, {"section": "garden"}, {"phone": "19900000001"}, {"space_name": "x"}],
)
def test_what_breaks_the_contract_is_told(contract: Contract, broken: dict[str, object]) -> None:
    with pytest.raises(ContractBroken, match=next(iter(broken))):
        contract.check(contract.examples[0] | broken)


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
def test_every_field_is_required(contract: Contract) -> None:
    for name in contract.examples[0]:
        with pytest.raises(ContractBroken, match=name):
            contract.check({key: value for key, value in contract.examples[0].items() if key != name})


def test_a_closure_in_the_way_gives_its_reason_from_a_short_list() -> None:
    booking = example_booking(example_space(), TEN, ELEVEN)
    because = {"closure_id": booking.id, "closure_reason": {"zh-CN": "设备维护", "en": "Maintenance"}}
    moved_from = {"previous_starts_at": TEN, "previous_ends_at": ELEVEN}
    elsewhere = {"previous_space_id": booking.space_id, "previous_space_name": booking.space.name}
    for type_, facts in (
        ("booking.cancelled.v1", {"cancelled_by": "staff"}),
        ("booking.rescheduled.v1", moved_from | elsewhere),
    ):
        message = booking_message(type_, booking, NOW, **facts, **because)
        message.contract.check(message.data)


def test_staff_give_their_reason_from_a_short_list() -> None:
    booking = example_booking(example_space(), TEN, ELEVEN)
    moved = {"previous_starts_at": TEN, "previous_ends_at": ELEVEN, "moved_by": "staff"}
    for why in STAFF_REASONS.labels.values():
        for type_, facts in (("booking.cancelled.v1", {"cancelled_by": "staff"}), ("booking.rescheduled.v1", moved)):
            message = booking_message(type_, booking, NOW, **facts, staff_reason=why)
            message.contract.check(message.data)
            with pytest.raises(ContractBroken, match="staff_reason"):
                message.contract.check(message.data | {"staff_reason": "他自己知道"})


def test_a_changed_calendar_names_its_revision_and_the_days_that_changed() -> None:
    days = [{"day": "2027-01-01", "kind": "holiday", "provisional": True}]
    message = calendar_changed("liuyi", UUID(int=7), 3, "calendar_day", days, NOW)
    message.contract.check(message.data)
    assert (message.version, message.community_id) == (3, "liuyi")
    assert message.aggregate_id == calendar_changed("liuyi", UUID(int=8), 4, "space", [], NOW).aggregate_id
    assert message.contract.queues == {"evt-booking--notify.feed_booking.v1"}
    for example in message.contract.examples:
        message.contract.check(example)
    with pytest.raises(ContractBroken):
        message.contract.check(message.data | {"changed": "weather"})
