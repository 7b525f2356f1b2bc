"""The booking service: the verbs of its features, and its subscriptions to the directory, to erased accounts and to claims of
others."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from chassis.background.expiry import Expiry, PartitionExpiry
from chassis.background.periodic import periodic
from chassis.database.engine import transaction
from chassis.messaging.erasure import ErasureRead
from chassis.messaging.merging import AccountMergedRead
from chassis.messaging.received import Received
from chassis.messaging.subscribe import subscribe
from chassis.rpc.call import Call, Outdated
from chassis.service import Service
from services.booking.appeals import use_cases as appeals
from services.booking.approval import lapsing
from services.booking.approval import use_cases as approval
from services.booking.availability import finding, kept_times
from services.booking.availability import use_cases as availability
from services.booking.bookings.use_cases import book_space, change_booking, equip_booking, find_bookings, see_limits
from services.booking.calendar import missing_years
from services.booking.calendar.messages import CommunityPlaceRead
from services.booking.calendar.storage import keep_community
from services.booking.changes import use_cases as changes
from services.booking.check_ins import use_cases as check_ins
from services.booking.claims import shortages
from services.booking.claims import use_cases as claims
from services.booking.claims.messages import ClaimRequestedRead
from services.booking.closures import answers as closure_answers
from services.booking.closures import blocking
from services.booking.closures import preview as closure_preview
from services.booking.closures import use_cases as closures
from services.booking.counters import upkeep
from services.booking.counters.use_cases import call_tickets, close_days, manage_queues, see_queues, take_ticket
from services.booking.day_lists import sending as day_lists
from services.booking.doors.use_cases import keep_doors, see_doors, walk_in
from services.booking.erasure import use_cases as erasure
from services.booking.explanations import remembering
from services.booking.explanations import use_cases as explanations
from services.booking.interface import BOOKING
from services.booking.lending import figures as equipment_figures
from services.booking.lending import telling as equipment_telling
from services.booking.lending import use_cases as lending
from services.booking.limits import use_cases as limits
from services.booking.locks import gauges, making, renewing, telling
from services.booking.locks.use_cases import door_codes, manage_locks
from services.booking.lotteries import homes
from services.booking.lotteries import job as lottery_job
from services.booking.lotteries import upkeep as lottery_upkeep
from services.booking.lotteries.homes import MovedRead
from services.booking.lotteries.use_cases import enter_lottery, find_lotteries, make_lottery, manage_lotteries
from services.booking.managed_equipment import use_cases as managed_equipment
from services.booking.managed_spaces import leaving, previews
from services.booking.managed_spaces import use_cases as managed_spaces
from services.booking.managed_spaces.messages import WorkRead
from services.booking.merged_accounts import use_cases as merged_accounts
from services.booking.no_show_rules import use_cases as no_show_rules
from services.booking.questions import asking
from services.booking.questions import use_cases as questions
from services.booking.series.use_cases import book_series, change_series, find_series
from services.booking.single_days import day_hours
from services.booking.single_days import use_cases as single_days
from services.booking.spaces import use_cases as spaces
from services.booking.statistics import use_cases as statistics
from services.booking.waits import offering
from services.booking.waits.use_cases import answer_offer, ask_for_earlier, find_waits, wait_for_space


class BookingService(Service):
    name = "booking"
    interface = BOOKING
    use_cases = (
        spaces,
        availability,
        kept_times,
        finding,
        book_space,
        change_booking,
        equip_booking,
        find_bookings,
        check_ins,
        appeals,
        see_doors,
        walk_in,
        keep_doors,
        limits,
        no_show_rules,
        see_limits,
        explanations,
        book_series,
        change_series,
        find_series,
        approval,
        questions,
        wait_for_space,
        ask_for_earlier,
        find_waits,
        answer_offer,
        find_lotteries,
        enter_lottery,
        make_lottery,
        manage_lotteries,
        claims,
        managed_spaces,
        previews,
        manage_locks,
        door_codes,
        managed_equipment,
        lending,
        equipment_figures,
        single_days,
        day_hours,
        closures,
        blocking,
        closure_preview,
        closure_answers,
        changes,
        statistics,
        see_queues,
        take_ticket,
        call_tickets,
        manage_queues,
    )
    after_refusals: ClassVar = {"book_space": remembering.booking_refused, "reschedule_booking": remembering.move_refused}

    GAUGES = gauges.GAUGES
    gauges = staticmethod(gauges.failing)

    # The name of the handler is in the name of its queue, so it stays. The copy has a version, so order does not matter.
    @subscribe("gateway", "community.changed.v1", reader=CommunityPlaceRead)
    def keep_community(self, call: Call, message: Received) -> None:
        keep_community(call.session, **message.data)

    # Requests have numbers, so order does not matter.
    @subscribe("events", "club_event.claim_requested.v1", reader=ClaimRequestedRead)
    def answer_claim_request(self, call: Call, message: Received) -> None:
        claims.answer_request(call, requester=message.source, community_id=message.community_id, **message.data)

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

    # The name of the handler is in the name of its queue, so it stays.
    @subscribe("gateway", "account.work_changed.v1", reader=WorkRead)
    def follow_work(self, call: Call, message: Received) -> None:
        leaving.follow_work(call, **message.data)

    # The name of the handler is in the name of its queue, so it stays. The newest move counts, so order does not matter.
    @subscribe("gateway", "account.moved.v1", reader=MovedRead)
    def follow_home(self, call: Call, message: Received) -> None:
        homes.follow_home(call, **message.data)

    # Also once at the start: a new release may know a new notice.
    @periodic(seconds=3600.0)
    def keep_years_known(self) -> None:
        with transaction(self.database) as session:
            missing_years.fill(session, datetime.now(UTC))

    @periodic(seconds=60.0)
    def ask_about_dates(self) -> bool:
        """Questions whose dates have changed end first, so that nothing is freed or asked because of them."""
        more = False
        for work in (asking.end_outdated, asking.free_next, asking.ask_due):
            with transaction(self.database) as session:
                more = work(Call(session, datetime.now(UTC))) or more
        return more

    # Woken when something is freed. Every few seconds too: holds expire without a sound, and a wake-up can be lost.
    @periodic(seconds=5.0, wake_on=offering.CHANNEL)
    def offer_freed_times(self) -> bool:
        try:
            with transaction(self.database) as session:
                return offering.step(Call(session, datetime.now(UTC)))
        except Outdated:
            return True  # the calendar has changed meanwhile

    @periodic(seconds=15.0)
    def conduct_lotteries(self) -> None:
        lottery_job.conduct_due(self.database)

    @periodic(seconds=30.0)
    def lapse_unanswered(self) -> bool:
        with transaction(self.database) as session:
            return lapsing.lapse_unanswered(Call(session, datetime.now(UTC)))

    @periodic(seconds=30.0)
    def miss_due(self) -> bool:
        with transaction(self.database) as session:
            return check_ins.miss_due(Call(session, datetime.now(UTC)))

    @periodic(seconds=3.0)
    def make_door_codes(self) -> bool:
        with transaction(self.database) as session:
            return making.make_due(Call(session, datetime.now(UTC)))

    @periodic(seconds=300.0)
    def replace_unreadable_door_codes(self) -> None:
        with transaction(self.database) as session:
            making.replace_unreadable(Call(session, datetime.now(UTC)))

    @periodic(seconds=3600.0)
    def renew_door_codes(self) -> bool:
        with transaction(self.database) as session:
            return renewing.renew_codes(session) > 0

    @periodic(seconds=3.0)
    def tell_locks(self) -> bool:
        return telling.tell_next(self.database)

    @periodic(seconds=60.0)
    def send_day_lists(self) -> None:
        with transaction(self.database) as session:
            day_lists.send_due(Call(session, datetime.now(UTC)))

    # Whatever takes equipment from a booking, or gives it back, is told by this.
    @periodic(seconds=10.0)
    def tell_of_equipment(self) -> bool:
        with transaction(self.database) as session:
            return equipment_telling.tell_next(Call(session, datetime.now(UTC)))

    @periodic(seconds=10.0)
    def tell_of_equipment_of_sessions(self) -> bool:
        with transaction(self.database) as session:
            return shortages.tell_next(Call(session, datetime.now(UTC)))

    @periodic(seconds=600.0)
    def move_what_came_late(self) -> None:
        with transaction(self.database) as session:
            merged_accounts.move_what_came_late(Call(session, datetime.now(UTC)))

    # People who still wait when a counter has closed are told soon.
    @periodic(seconds=60.0)
    def close_counter_days(self) -> None:
        with transaction(self.database) as session:
            close_days.close_days(Call(session, datetime.now(UTC)))

    @classmethod
    def expiries(cls) -> Sequence[Expiry | PartitionExpiry]:
        lists = Expiry("day_list", "day", timedelta(days=30))
        codes = Expiry("door_code", "valid_until", timedelta(days=1))
        return (*upkeep.expiries(), *lottery_upkeep.expiries(), *remembering.expiries(), lists, codes)
