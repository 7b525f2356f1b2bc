"""The events service: the verbs of its features, and its subscriptions to booking's answers and to erased accounts."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from chassis.background.periodic import periodic
from chassis.database.engine import transaction
from chassis.messaging.erasure import ErasureRead
from chassis.messaging.merging import AccountMergedRead
from chassis.messaging.received import Received
from chassis.messaging.subscribe import subscribe
from chassis.rpc.call import Call
from chassis.service import Service
from services.events.club_events import use_cases as club_events
from services.events.clubs import use_cases as clubs
from services.events.erasure import use_cases as erasure
from services.events.interface import EVENTS
from services.events.merged_accounts import use_cases as merged_accounts
from services.events.registrations.use_cases import (
    cancel_registration,
    change_club_event,
    find_registrations,
    move_session,
    register,
    rooms_answered,
    rooms_closed,
)
from services.events.rooms import use_cases as rooms
from services.events.rooms.messages import ANSWERS, CLOSURES

HEAR: Mapping[str, Callable[..., None]] = {
    "booking.claim_granted.v1": rooms_answered.rooms_granted,
    "booking.claim_refused.v1": rooms_answered.rooms_refused_by_booking,
    "booking.claim_released.v1": rooms_answered.rooms_released,
    "booking.claim_disrupted.v1": rooms_closed.rooms_disrupted,
    "booking.claim_restored.v1": rooms_closed.rooms_restored,
}


class EventsService(Service):
    name = "events"
    interface = EVENTS
    use_cases = (
        clubs,
        club_events,
        rooms,
        register,
        cancel_registration,
        change_club_event,
        move_session,
        find_registrations,
    )

    # The name of the handler is in the name of its queue, so it stays. Answers name their request, so order does not matter.
    @subscribe("booking", *ANSWERS, reader=ANSWERS)
    def hear_of_rooms(self, call: Call, message: Received) -> None:
        HEAR[message.type](call, **message.data)

    @subscribe("booking", *CLOSURES, reader=CLOSURES)
    def hear_of_closures(self, call: Call, message: Received) -> None:
        HEAR[message.type](call, **message.data)

    @periodic(seconds=60.0)
    def ask_again_for_rooms(self) -> bool:
        """Also asks once for the rooms of club events that were published before there were claims."""
        with transaction(self.database) as session:
            found = rooms.to_ask(Call(session, datetime.now(UTC)))
        for club_event_id in found:
            with transaction(self.database) as session:
                rooms.ask_again(Call(session, datetime.now(UTC)), club_event_id)
        return False

    @subscribe("gateway", "account.erased.v1", reader=ErasureRead)
    def erase_account(self, call: Call, message: Received) -> None:
        merged_accounts.erase_merged(call, message.data["account_id"])
        erasure.erase_account(call, community_id=message.community_id, **message.data)

    @classmethod
    def erase_returned(cls, call: Call) -> int:
        return erasure.erase_returned(call)

    # The name of the handler is in the name of its queue, so it stays. Merges are remembered, so order does not matter.
    @subscribe("gateway", "account.merged.v1", reader=AccountMergedRead)
    def move_to_merged_account(self, call: Call, message: Received) -> None:
        merged_accounts.account_merged(call, **message.data)

    @periodic(seconds=600.0)
    def move_what_came_late(self) -> None:
        with transaction(self.database) as session:
            merged_accounts.move_what_came_late(Call(session, datetime.now(UTC)))
