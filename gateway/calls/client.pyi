# Generated from the interfaces of the services by `make format`; do not edit.
from datetime import datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from gateway.http.current import Rpc


BookingNames = TypedDict(
    "BookingNames",
    {
        "zh-CN": str,
        "en": NotRequired[str],
    },
)

BookingEquipment = TypedDict(
    "BookingEquipment",
    {
        "name": BookingNames,
    },
)

BookingOpeningHours = TypedDict(
    "BookingOpeningHours",
    {
        "weekday": int,
        "opens": str,
        "closes": str,
    },
)

BookingSeason = TypedDict(
    "BookingSeason",
    {
        "name": BookingNames,
        "first_day": str,
        "last_day": str,
        "opening_hours": NotRequired[list[BookingOpeningHours]],
    },
)

BookingOpening = TypedDict(
    "BookingOpening",
    {
        "weekday": int,
        "at": str,
        "weeks_ahead": int,
        "first": list[str],
        "head_start_hours": int,
        "rested_days": int,
    },
)

BookingKeptHours = TypedDict(
    "BookingKeptHours",
    {
        "weekday": int,
        "opens": str,
        "closes": str,
    },
)

BookingShare = TypedDict(
    "BookingShare",
    {
        "kept_for": str,
        "hours": list[BookingKeptHours],
        "until_hours": int,
    },
)

BookingSpace = TypedDict(
    "BookingSpace",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "code": str,
        "kind": str,
        "section": str,
        "name": BookingNames,
        "description": NotRequired[BookingNames | None],
        "parent_id": NotRequired[str | None],
        "divisible": bool,
        "capacity": int,
        "location": NotRequired[BookingNames | None],
        "equipment": NotRequired[list[BookingEquipment]],
        "opening_hours": NotRequired[list[BookingOpeningHours]],
        "holiday_hours": NotRequired[list[dict[str, Any]]],
        "seasons": list[BookingSeason],
        "slot_minutes": int,
        "min_minutes": int,
        "max_minutes": int,
        "min_notice_minutes": int,
        "cancel_notice_minutes": int,
        "horizon_days": int,
        "opening": BookingOpening | None,
        "shares": list[BookingShare],
        "elder_age": int,
        "ask_from_dates": int,
        "buffer_before_minutes": int,
        "buffer_after_minutes": int,
        "check_in_grace_minutes": NotRequired[int | None],
        "door_check_in": str,
        "takes_walk_ins": bool,
        "active": bool,
        "needs_approval": bool,
        "answer_notice_minutes": int,
        "open_to": str,
        "open_to_communities": list[str] | None,
    },
)

BookingSpacePage = TypedDict(
    "BookingSpacePage",
    {
        "items": list[BookingSpace],
        "next_cursor": str | None,
    },
)

BookingClosedTime = TypedDict(
    "BookingClosedTime",
    {
        "starts_at": str,
        "ends_at": str,
        "reason": str,
        "provisional": bool,
    },
)

BookingSpaceClosed = TypedDict(
    "BookingSpaceClosed",
    {
        "space_id": str,
        "closed": list[BookingClosedTime],
    },
)

BookingClosedTimes = TypedDict(
    "BookingClosedTimes",
    {
        "items": list[BookingSpaceClosed],
        "next_cursor": NotRequired[str | None],
    },
)

BookingInterval = TypedDict(
    "BookingInterval",
    {
        "starts_at": str,
        "ends_at": str,
    },
)

BookingBusyInterval = TypedDict(
    "BookingBusyInterval",
    {
        "starts_at": str,
        "ends_at": str,
        "reason": str,
        "provisional": bool,
        "title": NotRequired[BookingNames | None],
        "opens_at": NotRequired[str | None],
        "lottery_id": NotRequired[str | None],
        "draws_at": NotRequired[str | None],
        "taken_as": NotRequired[str | None],
    },
)

BookingClosing = TypedDict(
    "BookingClosing",
    {
        "starts_at": str,
        "ends_at": str,
        "reason": str,
        "note": NotRequired[BookingNames | None],
        "space_id": NotRequired[str | None],
        "space_name": NotRequired[BookingNames | None],
    },
)

BookingAvailability = TypedDict(
    "BookingAvailability",
    {
        "space_id": str,
        "community_id": str,
        "from": str,
        "to": str,
        "free": list[BookingInterval],
        "busy": list[BookingBusyInterval],
        "closures": list[BookingClosing],
    },
)

BookingSpaceFree = TypedDict(
    "BookingSpaceFree",
    {
        "space_id": str,
        "free": list[BookingInterval],
    },
)

BookingCentreAvailability = TypedDict(
    "BookingCentreAvailability",
    {
        "items": list[BookingSpaceFree],
        "next_cursor": NotRequired[str | None],
    },
)

BookingFreeSpace = TypedDict(
    "BookingFreeSpace",
    {
        "space_id": str,
        "space_name": BookingNames,
        "kind": str,
        "section": str,
        "capacity": int,
        "location": NotRequired[BookingNames | None],
        "starts_at": str,
        "ends_at": str,
        "brought": NotRequired[BookingNames | None],
    },
)

BookingFoundSpaces = TypedDict(
    "BookingFoundSpaces",
    {
        "community_id": str,
        "items": list[BookingFreeSpace],
        "others": list[BookingFreeSpace],
    },
)

BookingKeptTime = TypedDict(
    "BookingKeptTime",
    {
        "starts_at": str,
        "ends_at": str,
        "kept_for": str,
        "opens_at": str,
        "is_open": bool,
    },
)

BookingLotteryKept = TypedDict(
    "BookingLotteryKept",
    {
        "starts_at": str,
        "ends_at": str,
        "lottery_id": str,
        "draws_at": str,
    },
)

BookingSpaceKept = TypedDict(
    "BookingSpaceKept",
    {
        "space_id": str,
        "kept": list[BookingKeptTime],
        "lotteries": list[BookingLotteryKept],
    },
)

BookingKeptTimes = TypedDict(
    "BookingKeptTimes",
    {
        "items": list[BookingSpaceKept],
        "next_cursor": NotRequired[str | None],
    },
)

BookingBeyondMove = TypedDict(
    "BookingBeyondMove",
    {
        "at": str,
        "by": str,
        "reason": NotRequired[str | None],
        "rules": list[str],
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
    },
)

BookingBookedEquipment = TypedDict(
    "BookingBookedEquipment",
    {
        "kind_id": str,
        "name": BookingNames,
        "quantity": int,
        "state": str,
        "units": list[str],
    },
)

BookingBooking = TypedDict(
    "BookingBooking",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "space_id": str,
        "space_name": BookingNames,
        "section": str,
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "booked_by": NotRequired[str | None],
        "system_id": NotRequired[str | None],
        "system_name": NotRequired[str | None],
        "starts_at": str,
        "ends_at": str,
        "state": str,
        "attendees": int,
        "purpose": NotRequired[str | None],
        "series_id": NotRequired[str | None],
        "series_day": NotRequired[str | None],
        "beyond_reason": NotRequired[str | None],
        "beyond_rules": NotRequired[list[str] | None],
        "beyond_moves": list[BookingBeyondMove],
        "created_at": str,
        "answer_by": NotRequired[str | None],
        "competing": NotRequired[int | None],
        "decided_at": NotRequired[str | None],
        "decided_by": NotRequired[str | None],
        "decline_reason": NotRequired[str | None],
        "decline_note": NotRequired[str | None],
        "planned_ends_at": NotRequired[str | None],
        "free_until": str,
        "checked_in_at": NotRequired[str | None],
        "checked_in_by": NotRequired[str | None],
        "no_show_at": NotRequired[str | None],
        "excused_at": NotRequired[str | None],
        "appealed_at": NotRequired[str | None],
        "cancelled_at": NotRequired[str | None],
        "cancelled_by": NotRequired[str | None],
        "changed_by_system_id": NotRequired[str | None],
        "changed_by_system_name": NotRequired[str | None],
        "staff_reason": NotRequired[str | None],
        "unneeded": NotRequired[str | None],
        "cancel_reason": NotRequired[str | None],
        "equipment": list[BookingBookedEquipment],
        "can": list[str],
        "number": str,
    },
)

BookingBookingPage = TypedDict(
    "BookingBookingPage",
    {
        "items": list[BookingBooking],
        "next_cursor": str | None,
    },
)

BookingCalendarBooking = TypedDict(
    "BookingCalendarBooking",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "space_name": BookingNames,
        "resident_id": str,
        "starts_at": str,
        "ends_at": str,
        "state": str,
        "created_at": str,
        "decided_at": NotRequired[str | None],
        "cancelled_at": NotRequired[str | None],
    },
)

BookingCalendarBookings = TypedDict(
    "BookingCalendarBookings",
    {
        "items": list[BookingCalendarBooking],
    },
)

BookingTimeChecked = TypedDict(
    "BookingTimeChecked",
    {
        "space_id": str,
        "community_id": str,
        "starts_at": str,
        "ends_at": str,
    },
)

BookingOfferedEquipment = TypedDict(
    "BookingOfferedEquipment",
    {
        "id": str,
        "name": BookingNames,
        "description": NotRequired[BookingNames | None],
        "counted": str,
        "most_per_booking": int,
        "min_notice_minutes": int,
        "handed_out": bool,
        "deposit": NotRequired[BookingNames | None],
        "free": NotRequired[int | None],
    },
)

BookingOfferedEquipmentList = TypedDict(
    "BookingOfferedEquipmentList",
    {
        "items": list[BookingOfferedEquipment],
        "next_cursor": NotRequired[str | None],
    },
)

BookingAppeal = TypedDict(
    "BookingAppeal",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "booking_id": str,
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "reason": str,
        "state": str,
        "made_at": str,
        "made_by": str,
        "decided_at": NotRequired[str | None],
        "decided_by": NotRequired[str | None],
        "note": NotRequired[str | None],
        "text": NotRequired[str | None],
    },
)

BookingAppealPage = TypedDict(
    "BookingAppealPage",
    {
        "items": list[BookingAppeal],
        "next_cursor": str | None,
    },
)

BookingDoorTime = TypedDict(
    "BookingDoorTime",
    {
        "starts_at": str,
        "ends_at": str,
        "use": str,
        "title": NotRequired[BookingNames | None],
        "taken_as": NotRequired[str | None],
    },
)

BookingDoorClosure = TypedDict(
    "BookingDoorClosure",
    {
        "reason": str,
        "note": NotRequired[BookingNames | None],
    },
)

BookingDoor = TypedDict(
    "BookingDoor",
    {
        "space_id": str,
        "community_id": str,
        "space_name": BookingNames,
        "location": NotRequired[BookingNames | None],
        "check_in": str,
        "time_zone": str,
        "as_of": str,
        "now": BookingDoorTime,
        "until": NotRequired[str | None],
        "times": list[BookingDoorTime],
        "closure": BookingDoorClosure | None,
        "code": NotRequired[str | None],
        "code_until": NotRequired[str | None],
        "free_ends": list[str],
    },
)

BookingAtDoor = TypedDict(
    "BookingAtDoor",
    {
        "door": BookingDoor,
        "booking": BookingBooking | None,
        "next_at": NotRequired[str | None],
        "may_walk_in": bool,
    },
)

BookingWalkInTimes = TypedDict(
    "BookingWalkInTimes",
    {
        "space_id": str,
        "community_id": str,
        "starts_at": str,
        "free_ends": list[str],
    },
)

BookingDoorKeys = TypedDict(
    "BookingDoorKeys",
    {
        "space_id": str,
        "community_id": str,
        "door_key": NotRequired[str | None],
        "door_check_in": str,
        "poster_code": NotRequired[str | None],
    },
)

BookingNoShowRule = TypedDict(
    "BookingNoShowRule",
    {
        "community_id": str,
        "version": int,
        "active": bool,
        "tolerated": int,
        "forget_days": int,
        "days_ahead": NotRequired[int | None],
    },
)

BookingDateAlternative = TypedDict(
    "BookingDateAlternative",
    {
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
    },
)

BookingSeriesDate = TypedDict(
    "BookingSeriesDate",
    {
        "day": str,
        "starts_at": NotRequired[str | None],
        "ends_at": NotRequired[str | None],
        "state": str,
        "booking_id": NotRequired[str | None],
        "code": NotRequired[str | None],
        "message": NotRequired[BookingNames | None],
        "alternatives": list[BookingDateAlternative],
        "missing_equipment": NotRequired[BookingNames | None],
    },
)

BookingSeriesPreview = TypedDict(
    "BookingSeriesPreview",
    {
        "space_id": str,
        "community_id": str,
        "rrule": str,
        "free": int,
        "dates": list[BookingSeriesDate],
    },
)

BookingEquipmentOfDates = TypedDict(
    "BookingEquipmentOfDates",
    {
        "kind_id": str,
        "quantity": int,
    },
)

BookingSeries = TypedDict(
    "BookingSeries",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "space_id": str,
        "space_name": BookingNames,
        "section": str,
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "booked_by": str,
        "rrule": str,
        "except_days": list[str],
        "starts_on": str,
        "ends_on": str,
        "starts_at": str,
        "minutes": int,
        "attendees": int,
        "purpose": NotRequired[str | None],
        "equipment": list[BookingEquipmentOfDates],
        "not_asked": NotRequired[str | None],
        "not_asked_reason": NotRequired[str | None],
        "not_asked_at": NotRequired[str | None],
        "created_at": str,
        "can": list[str],
        "dates": list[BookingSeriesDate],
    },
)

BookingSeriesSummary = TypedDict(
    "BookingSeriesSummary",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "space_id": str,
        "space_name": BookingNames,
        "section": str,
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "booked_by": str,
        "rrule": str,
        "except_days": list[str],
        "starts_on": str,
        "ends_on": str,
        "starts_at": str,
        "minutes": int,
        "attendees": int,
        "purpose": NotRequired[str | None],
        "equipment": list[BookingEquipmentOfDates],
        "not_asked": NotRequired[str | None],
        "not_asked_reason": NotRequired[str | None],
        "not_asked_at": NotRequired[str | None],
        "created_at": str,
        "can": list[str],
    },
)

BookingSeriesSummaryPage = TypedDict(
    "BookingSeriesSummaryPage",
    {
        "items": list[BookingSeriesSummary],
        "next_cursor": str | None,
    },
)

BookingMovedFrom = TypedDict(
    "BookingMovedFrom",
    {
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "reason": BookingNames,
    },
)

BookingQuestion = TypedDict(
    "BookingQuestion",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "kind": str,
        "closure_id": NotRequired[str | None],
        "moved_from": BookingMovedFrom | None,
        "frees": bool,
        "booking_id": str,
        "series_id": NotRequired[str | None],
        "space_id": str,
        "space_name": BookingNames,
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "starts_at": str,
        "ends_at": str,
        "asked_at": str,
        "answer_by": str,
        "state": str,
        "settled_at": NotRequired[str | None],
        "settled_by": NotRequired[str | None],
        "can": list[str],
    },
)

BookingQuestionPage = TypedDict(
    "BookingQuestionPage",
    {
        "items": list[BookingQuestion],
        "next_cursor": str | None,
    },
)

BookingLikeTime = TypedDict(
    "BookingLikeTime",
    {
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "unlikeness": int,
    },
)

BookingLikeTimes = TypedDict(
    "BookingLikeTimes",
    {
        "items": list[BookingLikeTime],
    },
)

BookingWaitOffer = TypedDict(
    "BookingWaitOffer",
    {
        "id": str,
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "expires_at": str,
    },
)

BookingWait = TypedDict(
    "BookingWait",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "space_id": str,
        "space_name": BookingNames,
        "section": str,
        "alike": bool,
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "booking_id": NotRequired[str | None],
        "starts_at": str,
        "ends_at": str,
        "earliest_at": str,
        "latest_at": str,
        "attendees": int,
        "care": bool,
        "state": str,
        "place": NotRequired[int | None],
        "offer": BookingWaitOffer | None,
        "asked_at": str,
        "open_until": str,
        "ended_at": NotRequired[str | None],
        "can": list[str],
    },
)

BookingWaitPage = TypedDict(
    "BookingWaitPage",
    {
        "items": list[BookingWait],
        "next_cursor": str | None,
    },
)

BookingLotteryLine = TypedDict(
    "BookingLotteryLine",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "title": BookingNames,
        "section": str,
        "state": str,
        "opens_at": str,
        "closes_at": str,
        "draws_at": str,
        "first_starts_at": str,
        "last_ends_at": str,
        "most_wins": int,
        "entered": int,
        "number_of_times": int,
        "commitment": str,
        "left_out": int,
        "drawn_at": NotRequired[str | None],
        "cancelled_because": NotRequired[str | None],
        "note": NotRequired[str | None],
        "can": list[str],
    },
)

BookingLotteryLinePage = TypedDict(
    "BookingLotteryLinePage",
    {
        "items": list[BookingLotteryLine],
        "next_cursor": str | None,
    },
)

BookingLotteryTime = TypedDict(
    "BookingLotteryTime",
    {
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "wishes": NotRequired[int | None],
        "given": NotRequired[bool | None],
        "number": int,
    },
)

BookingLottery = TypedDict(
    "BookingLottery",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "title": BookingNames,
        "section": str,
        "state": str,
        "opens_at": str,
        "closes_at": str,
        "draws_at": str,
        "first_starts_at": str,
        "last_ends_at": str,
        "most_wins": int,
        "entered": int,
        "number_of_times": int,
        "commitment": str,
        "left_out": int,
        "drawn_at": NotRequired[str | None],
        "cancelled_because": NotRequired[str | None],
        "note": NotRequired[str | None],
        "can": list[str],
        "times": list[BookingLotteryTime],
    },
)

BookingLotteryRecord = TypedDict(
    "BookingLotteryRecord",
    {
        "format": str,
        "lottery_id": str,
        "commitment": str,
        "most_wins": int,
        "times": list[Any],
        "entries": Any | None,
        "entries_digest": NotRequired[str | None],
        "secret": NotRequired[str | None],
        "seed": NotRequired[str | None],
        "gone": Any | None,
        "absent": Any | None,
        "refused": Any | None,
        "result": Any | None,
    },
)

BookingWish = TypedDict(
    "BookingWish",
    {
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "outcome": NotRequired[str | None],
        "round": NotRequired[int | None],
        "by": NotRequired[int | None],
        "booking_id": NotRequired[str | None],
        "number": int,
    },
)

BookingLotteryEntry = TypedDict(
    "BookingLotteryEntry",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "lottery_id": str,
        "lottery_title": BookingNames,
        "lottery_state": str,
        "resident_id": NotRequired[str | None],
        "resident_name": NotRequired[str | None],
        "attendees": int,
        "state": str,
        "wishes": list[BookingWish],
        "entered_at": str,
        "can": list[str],
        "number": NotRequired[int | None],
    },
)

BookingLotteryEntryPage = TypedDict(
    "BookingLotteryEntryPage",
    {
        "items": list[BookingLotteryEntry],
        "next_cursor": str | None,
    },
)

BookingTrialTime = TypedDict(
    "BookingTrialTime",
    {
        "wishes": int,
        "number": int,
    },
)

BookingTrial = TypedDict(
    "BookingTrial",
    {
        "trial_seed": str,
        "entries": int,
        "with_first_wish": int,
        "with_some": int,
        "with_nothing": int,
        "times": int,
        "given": int,
        "gone": int,
        "wanted": list[BookingTrialTime],
    },
)

BookingQuarter = TypedDict(
    "BookingQuarter",
    {
        "quarter": int,
        "households": int,
        "entries": int,
        "won": int,
        "with_nothing": int,
    },
)

BookingQuarterList = TypedDict(
    "BookingQuarterList",
    {
        "items": list[BookingQuarter],
        "next_cursor": NotRequired[str | None],
    },
)

BookingLimit = TypedDict(
    "BookingLimit",
    {
        "id": str,
        "version": int,
        "community_id": NotRequired[str | None],
        "subject": str,
        "kind": NotRequired[str | None],
        "section": NotRequired[str | None],
        "space_id": NotRequired[str | None],
        "measure": str,
        "period": str,
        "days": NotRequired[int | None],
        "allowed": int,
        "sentence": BookingNames,
        "created_at": str,
        "ended_at": NotRequired[str | None],
        "can": list[str],
    },
)

BookingLimitPage = TypedDict(
    "BookingLimitPage",
    {
        "items": list[BookingLimit],
        "next_cursor": str | None,
    },
)

BookingLimitChange = TypedDict(
    "BookingLimitChange",
    {
        "id": str,
        "version": int,
        "at": str,
        "actor_id": str,
        "actor_name": NotRequired[str | None],
        "action": str,
        "before": dict[str, Any] | None,
        "after": dict[str, Any],
    },
)

BookingLimitChangePage = TypedDict(
    "BookingLimitChangePage",
    {
        "items": list[BookingLimitChange],
        "next_cursor": str | None,
    },
)

BookingPeopleOver = TypedDict(
    "BookingPeopleOver",
    {
        "people_over": int,
        "complete": bool,
        "resident_ids": list[str],
    },
)

BookingSpaceLimit = TypedDict(
    "BookingSpaceLimit",
    {
        "limit_id": str,
        "subject": str,
        "measure": str,
        "period": str,
        "days": NotRequired[int | None],
        "allowed": int,
        "sentence": BookingNames,
        "taken": NotRequired[int | None],
        "left": NotRequired[int | None],
        "again_at": NotRequired[str | None],
    },
)

BookingNoShowStanding = TypedDict(
    "BookingNoShowStanding",
    {
        "points": float,
        "no_shows": int,
        "tolerated": int,
        "forget_days": int,
        "days_ahead": NotRequired[int | None],
        "until": NotRequired[str | None],
    },
)

BookingSpaceLimits = TypedDict(
    "BookingSpaceLimits",
    {
        "items": list[BookingSpaceLimit],
        "next_cursor": NotRequired[str | None],
        "no_shows": BookingNoShowStanding | None,
    },
)

BookingDoorLock = TypedDict(
    "BookingDoorLock",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "name": BookingNames,
        "kind": str,
        "bridge": NotRequired[str | None],
        "device": NotRequired[str | None],
        "active": bool,
        "failing_since": NotRequired[str | None],
        "problem": NotRequired[str | None],
        "told_at": NotRequired[str | None],
    },
)

BookingDoorLockPage = TypedDict(
    "BookingDoorLockPage",
    {
        "items": list[BookingDoorLock],
        "next_cursor": str | None,
    },
)

BookingLockBridge = TypedDict(
    "BookingLockBridge",
    {
        "name": str,
    },
)

BookingLockBridgeList = TypedDict(
    "BookingLockBridgeList",
    {
        "items": list[BookingLockBridge],
        "next_cursor": NotRequired[str | None],
    },
)

BookingDoorCode = TypedDict(
    "BookingDoorCode",
    {
        "booking_id": str,
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "attendees": int,
        "state": str,
        "valid_from": NotRequired[str | None],
        "valid_until": NotRequired[str | None],
        "doors": list[BookingDoor],
        "number": str,
        "resident_id": str,
        "door_code": NotRequired[str | None],
    },
)

BookingDoorCodeState = TypedDict(
    "BookingDoorCodeState",
    {
        "booking_id": str,
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "attendees": int,
        "state": str,
        "valid_from": NotRequired[str | None],
        "valid_until": NotRequired[str | None],
        "doors": list[BookingDoor],
        "number": str,
    },
)

BookingDoorCodeStatePage = TypedDict(
    "BookingDoorCodeStatePage",
    {
        "items": list[BookingDoorCodeState],
        "next_cursor": str | None,
    },
)

BookingDoorCodePage = TypedDict(
    "BookingDoorCodePage",
    {
        "items": list[BookingDoorCode],
        "next_cursor": str | None,
    },
)

BookingObstacle = TypedDict(
    "BookingObstacle",
    {
        "code": str,
        "sentence": BookingNames,
        "details": dict[str, Any],
    },
)

BookingInTheWay = TypedDict(
    "BookingInTheWay",
    {
        "kind": str,
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "since": NotRequired[str | None],
        "number": NotRequired[str | None],
    },
)

BookingSpaceRule = TypedDict(
    "BookingSpaceRule",
    {
        "code": str,
        "sentence": BookingNames,
    },
)

BookingExplanation = TypedDict(
    "BookingExplanation",
    {
        "space_id": str,
        "starts_at": str,
        "ends_at": str,
        "possible": bool,
        "obstacles": list[BookingObstacle],
        "in_the_way": list[BookingInTheWay],
        "rules": list[BookingSpaceRule],
    },
)

BookingRefusedAttempt = TypedDict(
    "BookingRefusedAttempt",
    {
        "id": str,
        "community_id": str,
        "at": str,
        "attempt": str,
        "space_id": str,
        "space_name": BookingNames,
        "booking_id": NotRequired[str | None],
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "by_another": bool,
        "starts_at": str,
        "ends_at": str,
        "attendees": int,
        "code": str,
        "sentence": BookingNames,
        "details": dict[str, Any],
        "in_the_way": list[BookingInTheWay],
    },
)

BookingRefusedAttemptPage = TypedDict(
    "BookingRefusedAttemptPage",
    {
        "items": list[BookingRefusedAttempt],
        "next_cursor": str | None,
    },
)

BookingClaimedTime = TypedDict(
    "BookingClaimedTime",
    {
        "holder_id": str,
        "space_ids": list[str],
        "starts_at": str,
        "ends_at": str,
        "title": NotRequired[BookingNames | None],
    },
)

BookingClaimedTimePage = TypedDict(
    "BookingClaimedTimePage",
    {
        "items": list[BookingClaimedTime],
        "next_cursor": str | None,
    },
)

BookingManagedSpace = TypedDict(
    "BookingManagedSpace",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "code": str,
        "kind": str,
        "section": str,
        "name": BookingNames,
        "description": NotRequired[BookingNames | None],
        "parent_id": NotRequired[str | None],
        "divisible": bool,
        "capacity": int,
        "location": NotRequired[BookingNames | None],
        "equipment": NotRequired[list[BookingEquipment]],
        "opening_hours": NotRequired[list[BookingOpeningHours]],
        "holiday_hours": NotRequired[list[dict[str, Any]]],
        "seasons": list[BookingSeason],
        "slot_minutes": int,
        "min_minutes": int,
        "max_minutes": int,
        "min_notice_minutes": int,
        "cancel_notice_minutes": int,
        "horizon_days": int,
        "opening": BookingOpening | None,
        "shares": list[BookingShare],
        "elder_age": int,
        "ask_from_dates": int,
        "buffer_before_minutes": int,
        "buffer_after_minutes": int,
        "check_in_grace_minutes": NotRequired[int | None],
        "door_check_in": str,
        "takes_walk_ins": bool,
        "active": bool,
        "needs_approval": bool,
        "answer_notice_minutes": int,
        "open_to": str,
        "open_to_communities": list[str] | None,
        "approver_ids": list[str],
        "staff_told": dict[str, Any],
        "list_at": NotRequired[str | None],
        "list_if_none": bool,
        "lock_id": NotRequired[str | None],
        "code_minutes_before": int,
        "code_minutes_after": int,
    },
)

BookingManagedSpacePage = TypedDict(
    "BookingManagedSpacePage",
    {
        "items": list[BookingManagedSpace],
        "next_cursor": str | None,
    },
)

BookingAffectedBooking = TypedDict(
    "BookingAffectedBooking",
    {
        "booking_id": str,
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "attendees": int,
        "reason": str,
    },
)

BookingWeekOpening = TypedDict(
    "BookingWeekOpening",
    {
        "first_day": str,
        "first_opens_at": str,
        "opens_at": str,
    },
)

BookingComingBooking = TypedDict(
    "BookingComingBooking",
    {
        "booking_id": str,
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "answer_by": NotRequired[str | None],
    },
)

BookingSpacePreview = TypedDict(
    "BookingSpacePreview",
    {
        "community_id": str,
        "items": list[BookingAffectedBooking],
        "count": int,
        "kept": list[BookingKeptTime],
        "openings": list[BookingWeekOpening],
        "approval": NotRequired[str | None],
        "other_approvers": bool,
        "waiting": list[BookingComingBooking],
        "waiting_count": int,
        "coming_count": int,
    },
)

BookingNewSpacePreview = TypedDict(
    "BookingNewSpacePreview",
    {
        "community_id": str,
        "items": list[BookingComingBooking],
        "count": int,
    },
)

BookingEquipmentKind = TypedDict(
    "BookingEquipmentKind",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "name": BookingNames,
        "description": NotRequired[BookingNames | None],
        "counted": str,
        "quantity": NotRequired[int | None],
        "space_ids": list[str],
        "turnover_minutes": int,
        "min_notice_minutes": int,
        "most_per_booking": int,
        "handed_out": bool,
        "deposit": NotRequired[BookingNames | None],
        "active": bool,
    },
)

BookingEquipmentKindPage = TypedDict(
    "BookingEquipmentKindPage",
    {
        "items": list[BookingEquipmentKind],
        "next_cursor": str | None,
    },
)

BookingEquipmentUnit = TypedDict(
    "BookingEquipmentUnit",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "kind_id": str,
        "label": str,
        "state": str,
        "space_id": NotRequired[str | None],
        "note": NotRequired[str | None],
    },
)

BookingManagedEquipment = TypedDict(
    "BookingManagedEquipment",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "name": BookingNames,
        "description": NotRequired[BookingNames | None],
        "counted": str,
        "quantity": NotRequired[int | None],
        "space_ids": list[str],
        "turnover_minutes": int,
        "min_notice_minutes": int,
        "most_per_booking": int,
        "handed_out": bool,
        "deposit": NotRequired[BookingNames | None],
        "active": bool,
        "units": list[BookingEquipmentUnit],
    },
)

BookingEquipmentAffected = TypedDict(
    "BookingEquipmentAffected",
    {
        "booking_id": NotRequired[str | None],
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "quantity": int,
        "lost": bool,
    },
)

BookingEquipmentPreview = TypedDict(
    "BookingEquipmentPreview",
    {
        "items": list[BookingEquipmentAffected],
        "count": int,
    },
)

BookingLoan = TypedDict(
    "BookingLoan",
    {
        "id": str,
        "booking_id": str,
        "kind_id": str,
        "kind_name": BookingNames,
        "unit_id": NotRequired[str | None],
        "label": NotRequired[str | None],
        "quantity": int,
        "handed_out_at": str,
        "due_at": str,
        "returned_at": NotRequired[str | None],
        "missing": int,
        "damage_note": NotRequired[str | None],
    },
)

BookingNeeded = TypedDict(
    "BookingNeeded",
    {
        "booking_id": str,
        "booking_number": str,
        "booking_state": str,
        "space_id": str,
        "space_name": BookingNames,
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "starts_at": str,
        "ends_at": str,
        "kind_id": str,
        "name": BookingNames,
        "handed_out": bool,
        "deposit": NotRequired[BookingNames | None],
        "quantity": int,
        "state": str,
        "labels": list[str],
        "loans": list[BookingLoan],
    },
)

BookingSessionNeeds = TypedDict(
    "BookingSessionNeeds",
    {
        "session_id": str,
        "title": NotRequired[BookingNames | None],
        "space_names": list[dict[str, Any]],
        "starts_at": str,
        "ends_at": str,
        "kind_id": str,
        "name": BookingNames,
        "quantity": int,
        "state": str,
        "labels": list[str],
    },
)

BookingLending = TypedDict(
    "BookingLending",
    {
        "items": list[BookingNeeded],
        "sessions": list[BookingSessionNeeds],
        "overdue": list[BookingLoan],
        "complete": bool,
    },
)

BookingKindUse = TypedDict(
    "BookingKindUse",
    {
        "kind_id": str,
        "name": BookingNames,
        "counted": str,
        "bookings": int,
        "sessions": int,
        "used_minutes": int,
        "lent": int,
        "lent_minutes": int,
        "damaged": int,
        "missing": int,
    },
)

BookingKindUseList = TypedDict(
    "BookingKindUseList",
    {
        "items": list[BookingKindUse],
        "next_cursor": NotRequired[str | None],
    },
)

BookingCalendarDay = TypedDict(
    "BookingCalendarDay",
    {
        "day": str,
        "version": int,
        "community_id": NotRequired[str | None],
        "kind": str,
        "weekday": NotRequired[int | None],
        "name": BookingNames,
        "provisional": bool,
        "source": str,
    },
)

BookingCalendarDayPage = TypedDict(
    "BookingCalendarDayPage",
    {
        "items": list[BookingCalendarDay],
        "next_cursor": str | None,
    },
)

BookingAffected = TypedDict(
    "BookingAffected",
    {
        "items": list[BookingAffectedBooking],
        "count": int,
    },
)

BookingDecidedDay = TypedDict(
    "BookingDecidedDay",
    {
        "day": str,
        "version": int,
        "community_id": NotRequired[str | None],
        "kind": str,
        "weekday": NotRequired[int | None],
        "name": BookingNames,
        "provisional": bool,
        "source": str,
        "affected": BookingAffected,
    },
)

BookingDayHours = TypedDict(
    "BookingDayHours",
    {
        "day": str,
        "version": int,
        "space_id": str,
        "community_id": str,
        "hours": list[dict[str, Any]],
        "note": NotRequired[BookingNames | None],
    },
)

BookingDayHoursPage = TypedDict(
    "BookingDayHoursPage",
    {
        "items": list[BookingDayHours],
        "next_cursor": str | None,
    },
)

BookingDecidedHours = TypedDict(
    "BookingDecidedHours",
    {
        "day": str,
        "version": int,
        "space_id": str,
        "community_id": str,
        "hours": list[dict[str, Any]],
        "note": NotRequired[BookingNames | None],
        "affected": BookingAffected,
    },
)

BookingClosedSpace = TypedDict(
    "BookingClosedSpace",
    {
        "space_id": str,
        "space_name": BookingNames,
    },
)

BookingClosure = TypedDict(
    "BookingClosure",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "whole": bool,
        "spaces": list[BookingClosedSpace],
        "starts_at": str,
        "ends_at": str,
        "reason": str,
        "note": NotRequired[BookingNames | None],
        "state": str,
        "created_at": str,
        "ended_at": NotRequired[str | None],
        "outside_uid": NotRequired[str | None],
        "moved": int,
        "cancelled": int,
        "by_desk": bool,
        "can": list[str],
    },
)

BookingClosurePage = TypedDict(
    "BookingClosurePage",
    {
        "items": list[BookingClosure],
        "next_cursor": str | None,
    },
)

BookingOffer = TypedDict(
    "BookingOffer",
    {
        "space_id": str,
        "space_name": BookingNames,
        "starts_at": str,
        "ends_at": str,
        "unlikeness": int,
    },
)

BookingHitBooking = TypedDict(
    "BookingHitBooking",
    {
        "booking_id": str,
        "space_id": str,
        "space_name": BookingNames,
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "starts_at": str,
        "ends_at": str,
        "attendees": int,
        "started": bool,
        "offers": list[BookingOffer],
        "locked": NotRequired[str | None],
        "number": str,
    },
)

BookingShift = TypedDict(
    "BookingShift",
    {
        "starts_at": str,
        "ends_at": str,
        "bookings": int,
        "people": int,
        "sessions": int,
    },
)

BookingClosurePlan = TypedDict(
    "BookingClosurePlan",
    {
        "community_id": str,
        "items": list[BookingHitBooking],
        "claimed_times": list[BookingClaimedTime],
        "requests": int,
        "people": int,
        "without_offer": int,
        "fewer": list[BookingShift],
    },
)

BookingEndedClosure = TypedDict(
    "BookingEndedClosure",
    {
        "id": str,
        "community_id": str,
        "outcome": str,
    },
)

BookingCalendarChange = TypedDict(
    "BookingCalendarChange",
    {
        "id": str,
        "at": str,
        "community_id": str,
        "actor_id": str,
        "actor_name": NotRequired[str | None],
        "kind": str,
        "subject_id": str,
        "version": int,
        "action": str,
        "before": dict[str, Any] | None,
        "after": dict[str, Any] | None,
    },
)

BookingCalendarChangePage = TypedDict(
    "BookingCalendarChangePage",
    {
        "items": list[BookingCalendarChange],
        "next_cursor": str | None,
    },
)

BookingSpaceUse = TypedDict(
    "BookingSpaceUse",
    {
        "open_minutes": int,
        "booked_minutes": int,
        "event_minutes": int,
        "space_id": str,
        "space_name": BookingNames,
        "parent_id": NotRequired[str | None],
        "kind": str,
        "section": str,
        "bookings": int,
        "cancelled": int,
        "people": int,
    },
)

BookingDayUse = TypedDict(
    "BookingDayUse",
    {
        "open_minutes": int,
        "booked_minutes": int,
        "event_minutes": int,
        "day": str,
    },
)

BookingHourUse = TypedDict(
    "BookingHourUse",
    {
        "open_minutes": int,
        "booked_minutes": int,
        "event_minutes": int,
        "weekday": int,
        "hour": int,
    },
)

BookingStateCount = TypedDict(
    "BookingStateCount",
    {
        "state": str,
        "bookings": int,
    },
)

BookingChannelCount = TypedDict(
    "BookingChannelCount",
    {
        "channel": str,
        "bookings": int,
    },
)

BookingFairness = TypedDict(
    "BookingFairness",
    {
        "households": int,
        "gini": float | None,
        "top_tenth": float | None,
    },
)

BookingShareUse = TypedDict(
    "BookingShareUse",
    {
        "kept_for": str,
        "kept_minutes": int,
        "used_minutes": int,
        "others_minutes": int,
    },
)

BookingOccupancy = TypedDict(
    "BookingOccupancy",
    {
        "open_minutes": int,
        "booked_minutes": int,
        "event_minutes": int,
        "community_id": str,
        "first_day": str,
        "last_day": str,
        "spaces": list[BookingSpaceUse],
        "days": list[BookingDayUse],
        "hours": list[BookingHourUse],
        "states": list[BookingStateCount],
        "channels": list[BookingChannelCount],
        "fairness": BookingFairness,
        "shares": list[BookingShareUse],
    },
)

BookingSpaceDay = TypedDict(
    "BookingSpaceDay",
    {
        "open_minutes": int,
        "booked_minutes": int,
        "event_minutes": int,
        "day": str,
        "space_id": str,
        "bookings": int,
    },
)

BookingSpaceDayList = TypedDict(
    "BookingSpaceDayList",
    {
        "items": list[BookingSpaceDay],
        "next_cursor": NotRequired[str | None],
    },
)

BookingResidentUse = TypedDict(
    "BookingResidentUse",
    {
        "resident_id": str,
        "bookings": int,
        "minutes": int,
    },
)

BookingResidentUseList = TypedDict(
    "BookingResidentUseList",
    {
        "items": list[BookingResidentUse],
        "next_cursor": NotRequired[str | None],
    },
)

BookingQueueService = TypedDict(
    "BookingQueueService",
    {
        "low_minutes": NotRequired[int | None],
        "high_minutes": NotRequired[int | None],
        "id": str,
        "letter": str,
        "name": BookingNames,
        "waiting": int,
    },
)

BookingWindowStanding = TypedDict(
    "BookingWindowStanding",
    {
        "id": str,
        "number": int,
        "letters": list[str],
        "open": bool,
        "ticket": NotRequired[str | None],
        "ticket_state": NotRequired[str | None],
    },
)

BookingShownCall = TypedDict(
    "BookingShownCall",
    {
        "ticket": str,
        "window": int,
        "called_at": str,
        "current": bool,
        "times": int,
    },
)

BookingQueueStanding = TypedDict(
    "BookingQueueStanding",
    {
        "id": str,
        "community_id": str,
        "space_id": str,
        "name": BookingNames,
        "gives_tickets": bool,
        "opens_at": NotRequired[str | None],
        "closes_at": NotRequired[str | None],
        "waiting": int,
        "services": list[BookingQueueService],
        "windows": list[BookingWindowStanding],
        "calls": list[BookingShownCall],
        "as_of": str,
    },
)

BookingQueueStandingList = TypedDict(
    "BookingQueueStandingList",
    {
        "items": list[BookingQueueStanding],
        "next_cursor": NotRequired[str | None],
    },
)

BookingTicket = TypedDict(
    "BookingTicket",
    {
        "low_minutes": NotRequired[int | None],
        "high_minutes": NotRequired[int | None],
        "id": str,
        "version": int,
        "ticket": str,
        "letter": str,
        "state": str,
        "taken_at": str,
        "due_at": NotRequired[str | None],
        "on_time": bool,
        "window": NotRequired[int | None],
        "steps": list[str],
        "community_id": str,
        "queue_id": str,
        "queue_name": BookingNames,
        "service_name": BookingNames,
        "via": str,
        "secret": str,
        "ahead": NotRequired[int | None],
        "called_at": NotRequired[str | None],
        "left_because": NotRequired[str | None],
    },
)

BookingTicketList = TypedDict(
    "BookingTicketList",
    {
        "items": list[BookingTicket],
        "next_cursor": NotRequired[str | None],
    },
)

BookingTicketInLine = TypedDict(
    "BookingTicketInLine",
    {
        "low_minutes": NotRequired[int | None],
        "high_minutes": NotRequired[int | None],
        "id": str,
        "version": int,
        "ticket": str,
        "letter": str,
        "state": str,
        "taken_at": str,
        "due_at": NotRequired[str | None],
        "on_time": bool,
        "window": NotRequired[int | None],
        "steps": list[str],
    },
)

BookingAppointment = TypedDict(
    "BookingAppointment",
    {
        "booking_id": str,
        "number": str,
        "starts_at": str,
    },
)

BookingTodaySoFar = TypedDict(
    "BookingTodaySoFar",
    {
        "served": int,
        "left": int,
        "waited_median_minutes": NotRequired[int | None],
        "waited_p90_minutes": NotRequired[int | None],
    },
)

BookingCallBoard = TypedDict(
    "BookingCallBoard",
    {
        "id": str,
        "community_id": str,
        "space_id": str,
        "name": BookingNames,
        "gives_tickets": bool,
        "opens_at": NotRequired[str | None],
        "closes_at": NotRequired[str | None],
        "waiting": int,
        "services": list[BookingQueueService],
        "windows": list[BookingWindowStanding],
        "calls": list[BookingShownCall],
        "as_of": str,
        "tickets": list[BookingTicketInLine],
        "appointments": list[BookingAppointment],
        "today": BookingTodaySoFar,
        "my_window_id": NotRequired[str | None],
    },
)

BookingQueueFigures = TypedDict(
    "BookingQueueFigures",
    {
        "day": str,
        "window": NotRequired[int | None],
        "served": int,
        "left": int,
        "waited_median_minutes": NotRequired[int | None],
        "waited_p90_minutes": NotRequired[int | None],
        "service_median_minutes": NotRequired[int | None],
    },
)

BookingQueueFiguresList = TypedDict(
    "BookingQueueFiguresList",
    {
        "items": list[BookingQueueFigures],
        "next_cursor": NotRequired[str | None],
    },
)

BookingManagedService = TypedDict(
    "BookingManagedService",
    {
        "letter": str,
        "name": BookingNames,
        "default_minutes": int,
        "active": bool,
    },
)

BookingManagedWindow = TypedDict(
    "BookingManagedWindow",
    {
        "number": int,
        "letters": list[str],
        "active": bool,
    },
)

BookingTicketQueue = TypedDict(
    "BookingTicketQueue",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "space_id": str,
        "name": BookingNames,
        "wall_key": str,
        "early_minutes": int,
        "grace_minutes": int,
        "most_waiting": int,
        "active": bool,
        "services": list[BookingManagedService],
        "windows": list[BookingManagedWindow],
    },
)

BookingTicketQueueList = TypedDict(
    "BookingTicketQueueList",
    {
        "items": list[BookingTicketQueue],
        "next_cursor": NotRequired[str | None],
    },
)

class BookingClient:
    def list_spaces(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        section: str | None = None,
        kind: str | None = None,
        q: str | None = None,
    ) -> BookingSpacePage: ...
    def get_space(
        self,
        *,
        space_id: UUID | str,
    ) -> BookingSpace: ...
    def list_closed_times(
        self,
        *,
        start: datetime | str,
        end: datetime | str,
        section: str | None = None,
        kind: str | None = None,
    ) -> BookingClosedTimes: ...
    def get_availability(
        self,
        *,
        start: datetime | str,
        end: datetime | str,
        space_id: UUID | str,
        moving: UUID | str | None = None,
        resident_id: UUID | str | None = None,
    ) -> BookingAvailability: ...
    def get_centre_availability(
        self,
        *,
        start: datetime | str,
        end: datetime | str,
        section: str | None = None,
        kind: str | None = None,
    ) -> BookingCentreAvailability: ...
    def find_free_spaces(
        self,
        *,
        starts_at: datetime | str,
        ends_at: datetime | str,
        attendees: int | None = None,
        section: str | None = None,
        kind: str | None = None,
        equipment: str | None = None,
    ) -> BookingFoundSpaces: ...
    def list_kept_times(
        self,
        *,
        start: datetime | str,
        end: datetime | str,
        section: str | None = None,
        kind: str | None = None,
    ) -> BookingKeptTimes: ...
    def list_bookings(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        community_id: str | None = None,
        space_id: UUID | str | None = None,
        resident_id: UUID | str | None = None,
        state: str | None = None,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
    ) -> BookingBookingPage: ...
    def get_calendar_bookings(
        self,
        *,
        start: datetime | str,
    ) -> BookingCalendarBookings: ...
    def search_bookings(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        number: str | None = None,
        resident_ids: list[UUID | str] | None = None,
    ) -> BookingBookingPage: ...
    def get_booking(
        self,
        *,
        booking_id: UUID | str,
    ) -> BookingBooking: ...
    def book_space(
        self,
        *,
        starts_at: datetime | str,
        ends_at: datetime | str,
        space_id: UUID | str,
        equipment: list[dict[str, Any]] | None = None,
        if_equipment_taken: str | None = None,
        resident_id: UUID | str | None = None,
        resident_community_id: str | None = None,
        attendees: int | None = None,
        purpose: str | None = None,
        beyond_reason: str | None = None,
        as_elder: bool | None = None,
    ) -> BookingBooking: ...
    def check_time(
        self,
        *,
        starts_at: datetime | str,
        ends_at: datetime | str,
        space_id: UUID | str,
        attendees: int | None = None,
        moving: UUID | str | None = None,
    ) -> BookingTimeChecked: ...
    def cancel_booking(
        self,
        *,
        booking_id: UUID | str,
        expected_version: int | None = None,
        reason: str | None = None,
        staff_reason: str | None = None,
    ) -> BookingBooking: ...
    def reschedule_booking(
        self,
        *,
        starts_at: datetime | str,
        ends_at: datetime | str,
        booking_id: UUID | str,
        expected_version: int | None = None,
        space_id: UUID | str | None = None,
        staff_reason: str | None = None,
        beyond_reason: str | None = None,
        resident_community_id: str | None = None,
        if_equipment_taken: str | None = None,
    ) -> BookingBooking: ...
    def change_attendees(
        self,
        *,
        booking_id: UUID | str,
        attendees: int,
        expected_version: int | None = None,
    ) -> BookingBooking: ...
    def change_purpose(
        self,
        *,
        booking_id: UUID | str,
        expected_version: int | None = None,
        purpose: str | None = None,
    ) -> BookingBooking: ...
    def end_booking(
        self,
        *,
        booking_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingBooking: ...
    def list_equipment(
        self,
        *,
        space_id: UUID | str,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        booking_id: UUID | str | None = None,
    ) -> BookingOfferedEquipmentList: ...
    def change_booking_equipment(
        self,
        *,
        equipment: list[dict[str, Any]],
        booking_id: UUID | str,
        expected_version: int | None = None,
        if_equipment_taken: str | None = None,
    ) -> BookingBooking: ...
    def check_in(
        self,
        *,
        booking_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingBooking: ...
    def mark_no_show(
        self,
        *,
        booking_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingBooking: ...
    def undo_no_show(
        self,
        *,
        booking_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingBooking: ...
    def appeal_no_show(
        self,
        *,
        booking_id: UUID | str,
        reason: str,
        text: str | None = None,
    ) -> BookingAppeal: ...
    def list_appeals(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        community_id: str | None = None,
        state: str | None = None,
    ) -> BookingAppealPage: ...
    def get_appeal(
        self,
        *,
        booking_id: UUID | str,
    ) -> BookingAppeal: ...
    def answer_appeal(
        self,
        *,
        appeal_id: UUID | str,
        outcome: str,
        expected_version: int | None = None,
        note: str | None = None,
    ) -> BookingAppeal: ...
    def get_door(
        self,
        *,
        door_key: str,
    ) -> BookingDoor: ...
    def get_at_door(
        self,
        *,
        door_code: str,
    ) -> BookingAtDoor: ...
    def check_in_at_door(
        self,
        *,
        door_code: str,
    ) -> BookingBooking: ...
    def get_walk_in_times(
        self,
        *,
        space_id: UUID | str,
    ) -> BookingWalkInTimes: ...
    def walk_in(
        self,
        *,
        space_id: UUID | str,
        ends_at: datetime | str | None = None,
        resident_id: UUID | str | None = None,
        attendees: int | None = None,
        purpose: str | None = None,
        door_code: str | None = None,
        beyond_reason: str | None = None,
    ) -> BookingBooking: ...
    def get_door_keys(
        self,
        *,
        space_id: UUID | str,
    ) -> BookingDoorKeys: ...
    def renew_door(
        self,
        *,
        space_id: UUID | str,
    ) -> BookingDoorKeys: ...
    def close_door(
        self,
        *,
        space_id: UUID | str,
    ) -> BookingDoorKeys: ...
    def get_no_show_rule(
        self,
        *,
        community_id: str,
    ) -> BookingNoShowRule: ...
    def set_no_show_rule(
        self,
        *,
        community_id: str,
        active: bool,
        tolerated: int,
        forget_days: int,
        expected_version: int | None = None,
        days_ahead: int | None = None,
    ) -> BookingNoShowRule: ...
    def preview_series(
        self,
        *,
        space_id: UUID | str,
        rrule: str,
        starts_on: str,
        starts_at: str,
        minutes: int,
        equipment: list[dict[str, Any]] | None = None,
        if_equipment_taken: str | None = None,
        except_days: list[str] | None = None,
        resident_id: UUID | str | None = None,
        attendees: int | None = None,
        beyond_reason: str | None = None,
    ) -> BookingSeriesPreview: ...
    def book_series(
        self,
        *,
        space_id: UUID | str,
        rrule: str,
        starts_on: str,
        starts_at: str,
        minutes: int,
        equipment: list[dict[str, Any]] | None = None,
        if_equipment_taken: str | None = None,
        except_days: list[str] | None = None,
        resident_id: UUID | str | None = None,
        attendees: int | None = None,
        beyond_reason: str | None = None,
        purpose: str | None = None,
        only_if_all: bool | None = None,
    ) -> BookingSeries: ...
    def list_series(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        community_id: str | None = None,
        resident_id: UUID | str | None = None,
        over: bool | None = None,
    ) -> BookingSeriesSummaryPage: ...
    def get_series(
        self,
        *,
        series_id: UUID | str,
    ) -> BookingSeries: ...
    def cancel_series(
        self,
        *,
        series_id: UUID | str,
        expected_version: int | None = None,
        from_day: str | None = None,
        reason: str | None = None,
        staff_reason: str | None = None,
    ) -> BookingSeries: ...
    def change_series(
        self,
        *,
        series_id: UUID | str,
        from_day: str,
        expected_version: int | None = None,
        starts_at: str | None = None,
        minutes: int | None = None,
        attendees: int | None = None,
        space_id: UUID | str | None = None,
        staff_reason: str | None = None,
    ) -> BookingSeries: ...
    def add_series_date(
        self,
        *,
        series_id: UUID | str,
        day: str,
        expected_version: int | None = None,
    ) -> BookingSeries: ...
    def list_questions(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        community_id: str | None = None,
        series_id: UUID | str | None = None,
        booking_id: UUID | str | None = None,
        closure_id: UUID | str | None = None,
        state: str | None = None,
    ) -> BookingQuestionPage: ...
    def get_question(
        self,
        *,
        question_id: UUID | str,
    ) -> BookingQuestion: ...
    def answer_question(
        self,
        *,
        question_id: UUID | str,
        answer: str,
        expected_version: int | None = None,
    ) -> BookingQuestion: ...
    def find_like_times(
        self,
        *,
        question_id: UUID | str,
    ) -> BookingLikeTimes: ...
    def choose_like_time(
        self,
        *,
        question_id: UUID | str,
        space_id: UUID | str,
        starts_at: datetime | str,
        ends_at: datetime | str,
        expected_version: int | None = None,
    ) -> BookingQuestion: ...
    def exempt_series(
        self,
        *,
        series_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> BookingSeries: ...
    def ask_series(
        self,
        *,
        series_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingSeries: ...
    def wait_for_space(
        self,
        *,
        starts_at: datetime | str,
        ends_at: datetime | str,
        space_id: UUID | str,
        alike: bool | None = None,
        earliest_at: datetime | str | None = None,
        latest_at: datetime | str | None = None,
        resident_id: UUID | str | None = None,
        attendees: int | None = None,
        care: bool | None = None,
    ) -> BookingWait: ...
    def ask_for_earlier(
        self,
        *,
        booking_id: UUID | str,
        after: datetime | str | None = None,
        alike: bool | None = None,
    ) -> BookingWait: ...
    def list_waits(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        community_id: str | None = None,
        space_id: UUID | str | None = None,
        resident_id: UUID | str | None = None,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        over: bool | None = None,
    ) -> BookingWaitPage: ...
    def get_wait(
        self,
        *,
        wait_id: UUID | str,
    ) -> BookingWait: ...
    def cancel_wait(
        self,
        *,
        wait_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingWait: ...
    def accept_offer(
        self,
        *,
        wait_id: UUID | str,
        offer_id: UUID | str,
    ) -> BookingBooking: ...
    def decline_offer(
        self,
        *,
        wait_id: UUID | str,
        offer_id: UUID | str,
    ) -> BookingWait: ...
    def list_requests(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        community_id: str | None = None,
    ) -> BookingBookingPage: ...
    def accept_request(
        self,
        *,
        booking_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingBooking: ...
    def decline_request(
        self,
        *,
        booking_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
        note: str | None = None,
    ) -> BookingBooking: ...
    def accept_series_requests(
        self,
        *,
        series_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingSeries: ...
    def decline_series_requests(
        self,
        *,
        series_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
        note: str | None = None,
    ) -> BookingSeries: ...
    def list_lotteries(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        community_id: str | None = None,
        over: bool | None = None,
    ) -> BookingLotteryLinePage: ...
    def get_lottery(
        self,
        *,
        lottery_id: UUID | str,
    ) -> BookingLottery: ...
    def get_lottery_record(
        self,
        *,
        lottery_id: UUID | str,
    ) -> BookingLotteryRecord: ...
    def enter_lottery(
        self,
        *,
        lottery_id: UUID | str,
        wishes: list[int],
        resident_id: UUID | str | None = None,
        attendees: int | None = None,
    ) -> BookingLotteryEntry: ...
    def list_lottery_entries(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        community_id: str | None = None,
        lottery_id: UUID | str | None = None,
    ) -> BookingLotteryEntryPage: ...
    def get_lottery_entry(
        self,
        *,
        entry_id: UUID | str,
    ) -> BookingLotteryEntry: ...
    def withdraw_entry(
        self,
        *,
        entry_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingLotteryEntry: ...
    def make_lottery(
        self,
        *,
        community_id: str,
        title: dict[str, Any],
        first_day: str,
        last_day: str,
        weekdays: list[int],
        first_clock: str,
        last_clock: str,
        minutes: int,
        opens_at: datetime | str,
        closes_at: datetime | str,
        draws_at: datetime | str,
        space_ids: list[UUID | str] | None = None,
        kind: str | None = None,
        most_wins: int | None = None,
    ) -> BookingLottery: ...
    def preview_lottery(
        self,
        *,
        lottery_id: UUID | str,
    ) -> BookingTrial: ...
    def close_lottery(
        self,
        *,
        lottery_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingLottery: ...
    def draw_lottery(
        self,
        *,
        lottery_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingLottery: ...
    def cancel_lottery(
        self,
        *,
        lottery_id: UUID | str,
        because: str,
        expected_version: int | None = None,
        note: str | None = None,
    ) -> BookingLottery: ...
    def see_lottery_quarters(
        self,
        *,
        community_id: str,
    ) -> BookingQuarterList: ...
    def list_limits(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        community_id: str | None = None,
        ended: bool | None = None,
    ) -> BookingLimitPage: ...
    def get_limit(
        self,
        *,
        limit_id: UUID | str,
    ) -> BookingLimit: ...
    def list_limit_changes(
        self,
        *,
        limit_id: UUID | str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> BookingLimitChangePage: ...
    def get_limit_preview(
        self,
        *,
        subject: str,
        measure: str,
        period: str,
        allowed: int,
        kind: str | None = None,
        section: str | None = None,
        space_id: UUID | str | None = None,
        community_id: str | None = None,
        days: int | None = None,
    ) -> BookingPeopleOver: ...
    def add_limit(
        self,
        *,
        subject: str,
        measure: str,
        period: str,
        allowed: int,
        kind: str | None = None,
        section: str | None = None,
        space_id: UUID | str | None = None,
        community_id: str | None = None,
        days: int | None = None,
    ) -> BookingLimit: ...
    def change_limit(
        self,
        *,
        limit_id: UUID | str,
        allowed: int,
        expected_version: int | None = None,
    ) -> BookingLimit: ...
    def end_limit(
        self,
        *,
        limit_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingLimit: ...
    def get_space_limits(
        self,
        *,
        space_id: UUID | str,
        at: datetime | str | None = None,
        resident_id: UUID | str | None = None,
    ) -> BookingSpaceLimits: ...
    def list_locks(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> BookingDoorLockPage: ...
    def get_lock_bridges(self) -> BookingLockBridgeList: ...
    def get_lock(
        self,
        *,
        lock_id: UUID | str,
    ) -> BookingDoorLock: ...
    def add_lock(
        self,
        *,
        community_id: str,
        name: dict[str, Any],
        kind: str,
        bridge: str | None = None,
        device: str | None = None,
    ) -> BookingDoorLock: ...
    def change_lock(
        self,
        *,
        lock_id: UUID | str,
        expected_version: int | None = None,
        name: dict[str, Any] | None = None,
        bridge: str | None = None,
        device: str | None = None,
        active: bool | None = None,
    ) -> BookingDoorLock: ...
    def get_door_code(
        self,
        *,
        booking_id: UUID | str,
    ) -> BookingDoorCode: ...
    def list_door_codes(
        self,
        *,
        start: datetime | str,
        end: datetime | str,
        limit: int | None = None,
        cursor: str | None = None,
        community_id: str | None = None,
    ) -> BookingDoorCodeStatePage: ...
    def reveal_door_codes(
        self,
        *,
        start: datetime | str,
        end: datetime | str,
        limit: int | None = None,
        cursor: str | None = None,
        community_id: str | None = None,
    ) -> BookingDoorCodePage: ...
    def explain_time(
        self,
        *,
        space_id: UUID | str,
        starts_at: datetime | str,
        ends_at: datetime | str,
        attendees: int | None = None,
        resident_id: UUID | str | None = None,
    ) -> BookingExplanation: ...
    def list_refused_attempts(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        community_id: str | None = None,
        resident_id: UUID | str | None = None,
        space_id: UUID | str | None = None,
    ) -> BookingRefusedAttemptPage: ...
    def get_refused_attempt(
        self,
        *,
        attempt_id: UUID | str,
    ) -> BookingRefusedAttempt: ...
    def list_claimed_times(
        self,
        *,
        start: datetime | str,
        end: datetime | str,
        limit: int | None = None,
        cursor: str | None = None,
        space_id: UUID | str | None = None,
    ) -> BookingClaimedTimePage: ...
    def list_managed_spaces(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        community_id: str | None = None,
        section: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        parent_id: UUID | str | None = None,
        q: str | None = None,
    ) -> BookingManagedSpacePage: ...
    def get_managed_space(
        self,
        *,
        space_id: UUID | str,
    ) -> BookingManagedSpace: ...
    def add_space(
        self,
        *,
        kind: str,
        section: str,
        name: dict[str, Any],
        capacity: int,
        opening_hours: list[dict[str, Any]],
        community_id: str,
        code: str,
        description: dict[str, Any] | None = None,
        location: dict[str, Any] | None = None,
        equipment: list[dict[str, Any]] | None = None,
        divisible: bool | None = None,
        holiday_hours: list[dict[str, Any]] | None = None,
        seasons: list[dict[str, Any]] | None = None,
        slot_minutes: int | None = None,
        min_minutes: int | None = None,
        max_minutes: int | None = None,
        min_notice_minutes: int | None = None,
        cancel_notice_minutes: int | None = None,
        horizon_days: int | None = None,
        opening: dict[str, Any] | None = None,
        shares: list[dict[str, Any]] | None = None,
        elder_age: int | None = None,
        ask_from_dates: int | None = None,
        buffer_before_minutes: int | None = None,
        buffer_after_minutes: int | None = None,
        open_to: str | None = None,
        needs_approval: bool | None = None,
        approver_ids: list[UUID | str] | None = None,
        answer_notice_minutes: int | None = None,
        check_in_grace_minutes: int | None = None,
        door_check_in: str | None = None,
        takes_walk_ins: bool | None = None,
        staff_told: dict[str, Any] | None = None,
        list_at: str | None = None,
        list_if_none: bool | None = None,
        lock_id: UUID | str | None = None,
        code_minutes_before: int | None = None,
        code_minutes_after: int | None = None,
        parent_id: UUID | str | None = None,
    ) -> BookingManagedSpace: ...
    def change_space(
        self,
        *,
        space_id: UUID | str,
        kind: str | None = None,
        section: str | None = None,
        name: dict[str, Any] | None = None,
        description: dict[str, Any] | None = None,
        location: dict[str, Any] | None = None,
        equipment: list[dict[str, Any]] | None = None,
        capacity: int | None = None,
        divisible: bool | None = None,
        opening_hours: list[dict[str, Any]] | None = None,
        holiday_hours: list[dict[str, Any]] | None = None,
        seasons: list[dict[str, Any]] | None = None,
        slot_minutes: int | None = None,
        min_minutes: int | None = None,
        max_minutes: int | None = None,
        min_notice_minutes: int | None = None,
        cancel_notice_minutes: int | None = None,
        horizon_days: int | None = None,
        opening: dict[str, Any] | None = None,
        shares: list[dict[str, Any]] | None = None,
        elder_age: int | None = None,
        ask_from_dates: int | None = None,
        buffer_before_minutes: int | None = None,
        buffer_after_minutes: int | None = None,
        open_to: str | None = None,
        needs_approval: bool | None = None,
        approver_ids: list[UUID | str] | None = None,
        answer_notice_minutes: int | None = None,
        check_in_grace_minutes: int | None = None,
        door_check_in: str | None = None,
        takes_walk_ins: bool | None = None,
        staff_told: dict[str, Any] | None = None,
        list_at: str | None = None,
        list_if_none: bool | None = None,
        lock_id: UUID | str | None = None,
        code_minutes_before: int | None = None,
        code_minutes_after: int | None = None,
        expected_version: int | None = None,
        active: bool | None = None,
    ) -> BookingManagedSpace: ...
    def preview_space(
        self,
        *,
        space_id: UUID | str,
        kind: str | None = None,
        section: str | None = None,
        name: dict[str, Any] | None = None,
        description: dict[str, Any] | None = None,
        location: dict[str, Any] | None = None,
        equipment: list[dict[str, Any]] | None = None,
        capacity: int | None = None,
        divisible: bool | None = None,
        opening_hours: list[dict[str, Any]] | None = None,
        holiday_hours: list[dict[str, Any]] | None = None,
        seasons: list[dict[str, Any]] | None = None,
        slot_minutes: int | None = None,
        min_minutes: int | None = None,
        max_minutes: int | None = None,
        min_notice_minutes: int | None = None,
        cancel_notice_minutes: int | None = None,
        horizon_days: int | None = None,
        opening: dict[str, Any] | None = None,
        shares: list[dict[str, Any]] | None = None,
        elder_age: int | None = None,
        ask_from_dates: int | None = None,
        buffer_before_minutes: int | None = None,
        buffer_after_minutes: int | None = None,
        open_to: str | None = None,
        needs_approval: bool | None = None,
        approver_ids: list[UUID | str] | None = None,
        answer_notice_minutes: int | None = None,
        check_in_grace_minutes: int | None = None,
        door_check_in: str | None = None,
        takes_walk_ins: bool | None = None,
        staff_told: dict[str, Any] | None = None,
        list_at: str | None = None,
        list_if_none: bool | None = None,
        lock_id: UUID | str | None = None,
        code_minutes_before: int | None = None,
        code_minutes_after: int | None = None,
        active: bool | None = None,
    ) -> BookingSpacePreview: ...
    def preview_new_space(
        self,
        *,
        kind: str,
        section: str,
        name: dict[str, Any],
        capacity: int,
        opening_hours: list[dict[str, Any]],
        community_id: str,
        code: str,
        description: dict[str, Any] | None = None,
        location: dict[str, Any] | None = None,
        equipment: list[dict[str, Any]] | None = None,
        divisible: bool | None = None,
        holiday_hours: list[dict[str, Any]] | None = None,
        seasons: list[dict[str, Any]] | None = None,
        slot_minutes: int | None = None,
        min_minutes: int | None = None,
        max_minutes: int | None = None,
        min_notice_minutes: int | None = None,
        cancel_notice_minutes: int | None = None,
        horizon_days: int | None = None,
        opening: dict[str, Any] | None = None,
        shares: list[dict[str, Any]] | None = None,
        elder_age: int | None = None,
        ask_from_dates: int | None = None,
        buffer_before_minutes: int | None = None,
        buffer_after_minutes: int | None = None,
        open_to: str | None = None,
        needs_approval: bool | None = None,
        approver_ids: list[UUID | str] | None = None,
        answer_notice_minutes: int | None = None,
        check_in_grace_minutes: int | None = None,
        door_check_in: str | None = None,
        takes_walk_ins: bool | None = None,
        staff_told: dict[str, Any] | None = None,
        list_at: str | None = None,
        list_if_none: bool | None = None,
        lock_id: UUID | str | None = None,
        code_minutes_before: int | None = None,
        code_minutes_after: int | None = None,
        parent_id: UUID | str | None = None,
    ) -> BookingNewSpacePreview: ...
    def list_managed_equipment(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        community_id: str | None = None,
        state: str | None = None,
        q: str | None = None,
    ) -> BookingEquipmentKindPage: ...
    def get_managed_equipment(
        self,
        *,
        kind_id: UUID | str,
    ) -> BookingManagedEquipment: ...
    def add_equipment(
        self,
        *,
        name: dict[str, Any],
        community_id: str,
        counted: str,
        description: dict[str, Any] | None = None,
        quantity: int | None = None,
        space_ids: list[UUID | str] | None = None,
        turnover_minutes: int | None = None,
        min_notice_minutes: int | None = None,
        most_per_booking: int | None = None,
        handed_out: bool | None = None,
        deposit: dict[str, Any] | None = None,
    ) -> BookingManagedEquipment: ...
    def change_equipment(
        self,
        *,
        kind_id: UUID | str,
        name: dict[str, Any] | None = None,
        description: dict[str, Any] | None = None,
        quantity: int | None = None,
        space_ids: list[UUID | str] | None = None,
        turnover_minutes: int | None = None,
        min_notice_minutes: int | None = None,
        most_per_booking: int | None = None,
        handed_out: bool | None = None,
        deposit: dict[str, Any] | None = None,
        expected_version: int | None = None,
        active: bool | None = None,
    ) -> BookingManagedEquipment: ...
    def preview_equipment(
        self,
        *,
        kind_id: UUID | str,
        quantity: int,
    ) -> BookingEquipmentPreview: ...
    def add_equipment_unit(
        self,
        *,
        kind_id: UUID | str,
        label: str,
        space_id: UUID | str | None = None,
    ) -> BookingEquipmentUnit: ...
    def change_equipment_unit(
        self,
        *,
        unit_id: UUID | str,
        expected_version: int | None = None,
        label: str | None = None,
        state: str | None = None,
        space_id: UUID | str | None = None,
        note: str | None = None,
    ) -> BookingEquipmentUnit: ...
    def preview_equipment_unit(
        self,
        *,
        unit_id: UUID | str,
    ) -> BookingEquipmentPreview: ...
    def get_lending(
        self,
        *,
        start: datetime | str,
        end: datetime | str,
        community_id: str | None = None,
    ) -> BookingLending: ...
    def hand_out_equipment(
        self,
        *,
        booking_id: UUID | str,
        kind_id: UUID | str | None = None,
        label: str | None = None,
        quantity: int | None = None,
    ) -> BookingLoan: ...
    def take_back_equipment(
        self,
        *,
        loan_id: UUID | str,
        missing: int | None = None,
        damage_note: str | None = None,
        to_repair: bool | None = None,
    ) -> BookingLoan: ...
    def get_equipment_use(
        self,
        *,
        first_day: str,
        last_day: str,
    ) -> BookingKindUseList: ...
    def list_calendar_days(
        self,
        *,
        year: int,
        community_id: str | None = None,
    ) -> BookingCalendarDayPage: ...
    def preview_calendar_day(
        self,
        *,
        day: str,
        community_id: str | None = None,
        weekday: int | None = None,
        kind: str | None = None,
    ) -> BookingAffected: ...
    def set_calendar_day(
        self,
        *,
        day: str,
        kind: str,
        community_id: str | None = None,
        weekday: int | None = None,
        expected_version: int | None = None,
        name: dict[str, Any] | None = None,
    ) -> BookingDecidedDay: ...
    def reset_calendar_day(
        self,
        *,
        community_id: str,
        day: str,
    ) -> BookingAffected: ...
    def list_day_hours(
        self,
        *,
        space_id: UUID | str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> BookingDayHoursPage: ...
    def preview_day_hours(
        self,
        *,
        space_id: UUID | str,
        day: str,
        hours: list[dict[str, Any]] | None = None,
    ) -> BookingAffected: ...
    def set_day_hours(
        self,
        *,
        space_id: UUID | str,
        day: str,
        hours: list[dict[str, Any]],
        expected_version: int | None = None,
        note: dict[str, Any] | None = None,
    ) -> BookingDecidedHours: ...
    def remove_day_hours(
        self,
        *,
        space_id: UUID | str,
        day: str,
    ) -> BookingAffected: ...
    def list_closures(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        community_id: str | None = None,
        space_id: UUID | str | None = None,
        state: str | None = None,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
    ) -> BookingClosurePage: ...
    def get_closure(
        self,
        *,
        closure_id: UUID | str,
    ) -> BookingClosure: ...
    def preview_closure(
        self,
        *,
        community_id: str,
        starts_at: datetime | str,
        ends_at: datetime | str,
        whole: bool | None = None,
        space_ids: list[UUID | str] | None = None,
        decisions: list[dict[str, Any]] | None = None,
    ) -> BookingClosurePlan: ...
    def close_spaces(
        self,
        *,
        community_id: str,
        starts_at: datetime | str,
        ends_at: datetime | str,
        reason: str,
        whole: bool | None = None,
        space_ids: list[UUID | str] | None = None,
        note: dict[str, Any] | None = None,
        decisions: list[dict[str, Any]] | None = None,
        outside_uid: str | None = None,
        without_answer: str | None = None,
    ) -> BookingClosure: ...
    def block_time(
        self,
        *,
        space_id: UUID | str,
        starts_at: datetime | str,
        ends_at: datetime | str,
        reason: str,
        note: dict[str, Any] | None = None,
    ) -> BookingClosure: ...
    def end_closure(
        self,
        *,
        closure_id: UUID | str,
        expected_version: int | None = None,
    ) -> BookingEndedClosure: ...
    def list_calendar_changes(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        kind: str | None = None,
        subject_id: str | None = None,
        after_version: int | None = None,
    ) -> BookingCalendarChangePage: ...
    def get_occupancy(
        self,
        *,
        first_day: str,
        last_day: str,
        section: str | None = None,
        kind: str | None = None,
        space_id: UUID | str | None = None,
    ) -> BookingOccupancy: ...
    def get_space_days(
        self,
        *,
        first_day: str,
        last_day: str,
    ) -> BookingSpaceDayList: ...
    def get_use_by_resident(
        self,
        *,
        first_day: str,
        last_day: str,
        after: UUID | str | None = None,
    ) -> BookingResidentUseList: ...
    def list_ticket_queues(self) -> BookingQueueStandingList: ...
    def get_ticket_queue(
        self,
        *,
        ticket_queue_id: UUID | str,
    ) -> BookingQueueStanding: ...
    def get_wall(
        self,
        *,
        wall_key: str,
    ) -> BookingQueueStanding: ...
    def take_ticket(
        self,
        *,
        ticket_queue_id: UUID | str,
        service_id: UUID | str | None = None,
        booking_id: UUID | str | None = None,
        at_desk: bool | None = None,
        visitor: str | None = None,
    ) -> BookingTicket: ...
    def get_ticket(
        self,
        *,
        secret: str,
    ) -> BookingTicket: ...
    def list_my_tickets(self) -> BookingTicketList: ...
    def give_up_ticket(
        self,
        *,
        secret: str,
    ) -> BookingTicket: ...
    def get_call_board(
        self,
        *,
        ticket_queue_id: UUID | str,
    ) -> BookingCallBoard: ...
    def open_counter_window(
        self,
        *,
        counter_window_id: UUID | str,
    ) -> BookingCallBoard: ...
    def close_counter_window(
        self,
        *,
        counter_window_id: UUID | str,
    ) -> BookingCallBoard: ...
    def call_next_ticket(
        self,
        *,
        counter_window_id: UUID | str,
        finished_ticket_id: UUID | str | None = None,
    ) -> BookingCallBoard: ...
    def take_ticket_step(
        self,
        *,
        ticket_id: UUID | str,
        step: str,
        expected_version: int | None = None,
        service_id: UUID | str | None = None,
        counter_window_id: UUID | str | None = None,
    ) -> BookingCallBoard: ...
    def set_queue_today(
        self,
        *,
        ticket_queue_id: UUID | str,
        closes_at: datetime | str,
    ) -> BookingCallBoard: ...
    def get_queue_figures(
        self,
        *,
        ticket_queue_id: UUID | str,
        first_day: str,
        last_day: str,
    ) -> BookingQueueFiguresList: ...
    def list_managed_queues(self) -> BookingTicketQueueList: ...
    def get_managed_queue(
        self,
        *,
        ticket_queue_id: UUID | str,
    ) -> BookingTicketQueue: ...
    def add_ticket_queue(
        self,
        *,
        services: list[dict[str, Any]],
        windows: list[dict[str, Any]],
        space_id: UUID | str,
        name: dict[str, Any],
        early_minutes: int | None = None,
        grace_minutes: int | None = None,
        most_waiting: int | None = None,
    ) -> BookingTicketQueue: ...
    def change_ticket_queue(
        self,
        *,
        ticket_queue_id: UUID | str,
        expected_version: int | None = None,
        early_minutes: int | None = None,
        grace_minutes: int | None = None,
        most_waiting: int | None = None,
        services: list[dict[str, Any]] | None = None,
        windows: list[dict[str, Any]] | None = None,
        name: dict[str, Any] | None = None,
        active: bool | None = None,
    ) -> BookingTicketQueue: ...
    def renew_wall_link(
        self,
        *,
        ticket_queue_id: UUID | str,
    ) -> BookingTicketQueue: ...

CasesNames = TypedDict(
    "CasesNames",
    {
        "zh-CN": str,
        "en": NotRequired[str],
    },
)

CasesChannel = TypedDict(
    "CasesChannel",
    {
        "code": str,
        "name": CasesNames,
        "description": NotRequired[CasesNames | None],
        "min_photos": NotRequired[int | None],
        "sign_in_required": NotRequired[bool | None],
        "staff_roles": NotRequired[list[str]],
        "anonymous_default": NotRequired[bool | None],
        "published": NotRequired[bool | None],
    },
)

CasesChannelList = TypedDict(
    "CasesChannelList",
    {
        "items": list[CasesChannel],
        "next_cursor": NotRequired[str | None],
    },
)

CasesCategory = TypedDict(
    "CasesCategory",
    {
        "code": str,
        "parent": NotRequired[str | None],
        "name": CasesNames,
    },
)

CasesCategoryList = TypedDict(
    "CasesCategoryList",
    {
        "items": list[CasesCategory],
        "next_cursor": NotRequired[str | None],
    },
)

CasesDepartment = TypedDict(
    "CasesDepartment",
    {
        "id": str,
        "code": str,
        "name": CasesNames,
    },
)

CasesDepartmentList = TypedDict(
    "CasesDepartmentList",
    {
        "items": list[CasesDepartment],
        "next_cursor": NotRequired[str | None],
    },
)

CasesGrid = TypedDict(
    "CasesGrid",
    {
        "id": str,
        "community_id": str,
        "name": CasesNames,
    },
)

CasesGridList = TypedDict(
    "CasesGridList",
    {
        "items": list[CasesGrid],
        "next_cursor": NotRequired[str | None],
    },
)

CasesLocation = TypedDict(
    "CasesLocation",
    {
        "lat": float,
        "lon": float,
        "datum": NotRequired[str],
        "source_datum": NotRequired[str | None],
    },
)

CasesCase = TypedDict(
    "CasesCase",
    {
        "state": str,
        "reported_at": str,
        "accepted_at": NotRequired[str | None],
        "dispatched_at": NotRequired[str | None],
        "settled_at": NotRequired[str | None],
        "closed_at": NotRequired[str | None],
        "declined_at": NotRequired[str | None],
        "disputed_at": NotRequired[str | None],
        "withdrawn_at": NotRequired[str | None],
        "voided_at": NotRequired[str | None],
        "id": str,
        "version": int,
        "community_id": str,
        "number": str,
        "channel": str,
        "channel_name": NotRequired[CasesNames | None],
        "category": str,
        "category_name": NotRequired[CasesNames | None],
        "grid_id": NotRequired[str | None],
        "address": NotRequired[str | None],
        "location": NotRequired[CasesLocation | None],
        "photo_ids": NotRequired[list[str]],
        "anonymous": bool,
        "published": NotRequired[bool | None],
        "reporter_id": NotRequired[str | None],
        "reporter_name": NotRequired[str | None],
        "system_id": NotRequired[str | None],
        "system_name": NotRequired[str | None],
        "department_id": NotRequired[str | None],
        "department_name": NotRequired[CasesNames | None],
        "handler_id": NotRequired[str | None],
        "handler_name": NotRequired[str | None],
        "settlement": NotRequired[str | None],
        "outcome": NotRequired[str | None],
        "solved": NotRequired[bool | None],
        "satisfied": NotRequired[bool | None],
        "mine": NotRequired[bool | None],
        "allowed_actions": NotRequired[list[str]],
        "text": NotRequired[str | None],
    },
)

CasesCasePage = TypedDict(
    "CasesCasePage",
    {
        "items": list[CasesCase],
        "next_cursor": str | None,
    },
)

CasesFieldOfStep = TypedDict(
    "CasesFieldOfStep",
    {
        "name": str,
        "kind": str,
        "label": CasesNames,
        "required": bool,
        "most": NotRequired[int | None],
        "blank": NotRequired[CasesNames | None],
        "yes": NotRequired[CasesNames | None],
        "no": NotRequired[CasesNames | None],
    },
)

CasesStepOfCase = TypedDict(
    "CasesStepOfCase",
    {
        "name": str,
        "label": CasesNames,
        "fields": list[CasesFieldOfStep],
    },
)

CasesCaseWithSteps = TypedDict(
    "CasesCaseWithSteps",
    {
        "state": str,
        "reported_at": str,
        "accepted_at": NotRequired[str | None],
        "dispatched_at": NotRequired[str | None],
        "settled_at": NotRequired[str | None],
        "closed_at": NotRequired[str | None],
        "declined_at": NotRequired[str | None],
        "disputed_at": NotRequired[str | None],
        "withdrawn_at": NotRequired[str | None],
        "voided_at": NotRequired[str | None],
        "id": str,
        "version": int,
        "community_id": str,
        "number": str,
        "channel": str,
        "channel_name": NotRequired[CasesNames | None],
        "category": str,
        "category_name": NotRequired[CasesNames | None],
        "grid_id": NotRequired[str | None],
        "address": NotRequired[str | None],
        "location": NotRequired[CasesLocation | None],
        "photo_ids": NotRequired[list[str]],
        "anonymous": bool,
        "published": NotRequired[bool | None],
        "reporter_id": NotRequired[str | None],
        "reporter_name": NotRequired[str | None],
        "system_id": NotRequired[str | None],
        "system_name": NotRequired[str | None],
        "department_id": NotRequired[str | None],
        "department_name": NotRequired[CasesNames | None],
        "handler_id": NotRequired[str | None],
        "handler_name": NotRequired[str | None],
        "settlement": NotRequired[str | None],
        "outcome": NotRequired[str | None],
        "solved": NotRequired[bool | None],
        "satisfied": NotRequired[bool | None],
        "mine": NotRequired[bool | None],
        "allowed_actions": NotRequired[list[str]],
        "text": NotRequired[str | None],
        "steps": list[CasesStepOfCase],
    },
)

CasesHistoryLine = TypedDict(
    "CasesHistoryLine",
    {
        "version": NotRequired[int | None],
        "at": str,
        "action": str,
        "from_state": NotRequired[str | None],
        "to_state": str,
        "actor_id": NotRequired[str | None],
        "actor_party": str,
        "for_id": NotRequired[str | None],
        "department_id": NotRequired[str | None],
        "department_name": NotRequired[CasesNames | None],
        "note": NotRequired[str | None],
        "public": bool,
    },
)

CasesHistoryLinePage = TypedDict(
    "CasesHistoryLinePage",
    {
        "items": list[CasesHistoryLine],
        "next_cursor": str | None,
    },
)

CasesOwnStep = TypedDict(
    "CasesOwnStep",
    {
        "version": NotRequired[int | None],
        "at": str,
        "action": str,
        "from_state": NotRequired[str | None],
        "to_state": str,
        "actor_id": NotRequired[str | None],
        "actor_party": str,
        "for_id": NotRequired[str | None],
        "department_id": NotRequired[str | None],
        "department_name": NotRequired[CasesNames | None],
        "note": NotRequired[str | None],
        "public": bool,
        "case_id": str,
    },
)

CasesOwnStepPage = TypedDict(
    "CasesOwnStepPage",
    {
        "items": list[CasesOwnStep],
        "next_cursor": str | None,
    },
)

CasesPhotoOfCase = TypedDict(
    "CasesPhotoOfCase",
    {
        "photo_id": str,
        "anonymous": bool,
    },
)

CasesPhotoOfCaseList = TypedDict(
    "CasesPhotoOfCaseList",
    {
        "items": list[CasesPhotoOfCase],
        "next_cursor": NotRequired[str | None],
    },
)

CasesReported = TypedDict(
    "CasesReported",
    {
        "case": CasesCase,
        "lookup_token": NotRequired[str | None],
    },
)

CasesPublicCase = TypedDict(
    "CasesPublicCase",
    {
        "id": str,
        "community_id": str,
        "number": str,
        "state": str,
        "over": bool,
        "category": str,
        "category_name": CasesNames,
        "department_name": NotRequired[CasesNames | None],
        "address": NotRequired[str | None],
        "location": NotRequired[CasesLocation | None],
        "photo_ids": NotRequired[list[str]],
        "settlement": NotRequired[str | None],
        "reported_at": str,
        "changed_at": str,
        "text": NotRequired[str | None],
    },
)

CasesPublicCasePage = TypedDict(
    "CasesPublicCasePage",
    {
        "items": list[CasesPublicCase],
        "next_cursor": str | None,
    },
)

CasesPublicStep = TypedDict(
    "CasesPublicStep",
    {
        "id": str,
        "case_id": str,
        "at": str,
        "to_state": str,
        "over": bool,
        "note": NotRequired[str | None],
    },
)

CasesPublicStepPage = TypedDict(
    "CasesPublicStepPage",
    {
        "items": list[CasesPublicStep],
        "next_cursor": str | None,
    },
)

CasesSlipUpdate = TypedDict(
    "CasesSlipUpdate",
    {
        "version": int,
        "at": str,
        "action": str,
        "to_state": str,
        "actor_party": str,
        "department_name": NotRequired[CasesNames | None],
        "note": NotRequired[str | None],
    },
)

CasesLookedUp = TypedDict(
    "CasesLookedUp",
    {
        "state": str,
        "reported_at": str,
        "accepted_at": NotRequired[str | None],
        "dispatched_at": NotRequired[str | None],
        "settled_at": NotRequired[str | None],
        "closed_at": NotRequired[str | None],
        "declined_at": NotRequired[str | None],
        "disputed_at": NotRequired[str | None],
        "withdrawn_at": NotRequired[str | None],
        "voided_at": NotRequired[str | None],
        "version": int,
        "category_name": NotRequired[CasesNames | None],
        "department_name": NotRequired[CasesNames | None],
        "settlement": NotRequired[str | None],
        "outcome": NotRequired[str | None],
        "solved": NotRequired[bool | None],
        "satisfied": NotRequired[bool | None],
        "updates": list[CasesSlipUpdate],
        "steps": list[CasesStepOfCase],
        "number": str,
    },
)

class CasesClient:
    def list_channels(self) -> CasesChannelList: ...
    def list_categories(self) -> CasesCategoryList: ...
    def list_departments(self) -> CasesDepartmentList: ...
    def list_grids(self) -> CasesGridList: ...
    def list_cases(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        state: str | None = None,
        category: str | None = None,
        grid_id: str | None = None,
        handler_id: UUID | str | None = None,
        assigned: str | None = None,
        open: bool | None = None,
        satisfied: bool | None = None,
        reported_before: datetime | str | None = None,
        community_id: str | None = None,
        order: str | None = None,
        q: str | None = None,
    ) -> CasesCasePage: ...
    def search_cases(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        q: str | None = None,
        reporter_ids: list[UUID | str] | None = None,
    ) -> CasesCasePage: ...
    def get_case(
        self,
        *,
        case_id: UUID | str,
    ) -> CasesCaseWithSteps: ...
    def get_case_history(
        self,
        *,
        case_id: UUID | str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> CasesHistoryLinePage: ...
    def list_own_steps(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> CasesOwnStepPage: ...
    def find_photos(
        self,
        *,
        photo_ids: list[UUID | str],
    ) -> CasesPhotoOfCaseList: ...
    def report_case(
        self,
        *,
        channel: str,
        category: str,
        text: str,
        grid_id: str | None = None,
        address: str | None = None,
        location: dict[str, Any] | None = None,
        photo_ids: list[UUID | str] | None = None,
        anonymous: bool | None = None,
        resident_id: UUID | str | None = None,
    ) -> CasesReported: ...
    def list_public_cases(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        skip: int | None = None,
        case_ids: list[UUID | str] | None = None,
        categories: list[str] | None = None,
        over: bool | None = None,
        reported_from: datetime | str | None = None,
        reported_to: datetime | str | None = None,
        changed_from: datetime | str | None = None,
        changed_to: datetime | str | None = None,
    ) -> CasesPublicCasePage: ...
    def list_public_steps(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        skip: int | None = None,
        case_ids: list[UUID | str] | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> CasesPublicStepPage: ...
    def accept_case(
        self,
        *,
        case_id: UUID | str,
        expected_version: int | None = None,
        category: str | None = None,
        note: str | None = None,
    ) -> CasesCaseWithSteps: ...
    def dispatch_case(
        self,
        *,
        case_id: UUID | str,
        department_id: UUID | str,
        expected_version: int | None = None,
        handler_id: UUID | str | None = None,
        note: str | None = None,
    ) -> CasesCaseWithSteps: ...
    def hand_over_case(
        self,
        *,
        case_id: UUID | str,
        new_handler_id: UUID | str,
        expected_version: int | None = None,
        note: str | None = None,
    ) -> CasesCaseWithSteps: ...
    def settle_case(
        self,
        *,
        case_id: UUID | str,
        settlement: str,
        expected_version: int | None = None,
        outcome: str | None = None,
    ) -> CasesCaseWithSteps: ...
    def close_case(
        self,
        *,
        case_id: UUID | str,
        expected_version: int | None = None,
        solved: bool | None = None,
        satisfied: bool | None = None,
        comment: str | None = None,
    ) -> CasesCaseWithSteps: ...
    def decline_case(
        self,
        *,
        case_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> CasesCaseWithSteps: ...
    def return_case(
        self,
        *,
        case_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> CasesCaseWithSteps: ...
    def reopen_case(
        self,
        *,
        case_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> CasesCaseWithSteps: ...
    def object_case(
        self,
        *,
        case_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> CasesCaseWithSteps: ...
    def uphold_case(
        self,
        *,
        case_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> CasesCaseWithSteps: ...
    def ask_case(
        self,
        *,
        case_id: UUID | str,
        question: str,
        expected_version: int | None = None,
    ) -> CasesCaseWithSteps: ...
    def answer_case(
        self,
        *,
        case_id: UUID | str,
        answer: str,
        expected_version: int | None = None,
    ) -> CasesCaseWithSteps: ...
    def suspend_case(
        self,
        *,
        case_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> CasesCaseWithSteps: ...
    def resume_case(
        self,
        *,
        case_id: UUID | str,
        expected_version: int | None = None,
        note: str | None = None,
    ) -> CasesCaseWithSteps: ...
    def withdraw_case(
        self,
        *,
        case_id: UUID | str,
        expected_version: int | None = None,
        comment: str | None = None,
    ) -> CasesCaseWithSteps: ...
    def void_case(
        self,
        *,
        case_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> CasesCaseWithSteps: ...
    def take_step(
        self,
        *,
        case_id: UUID | str,
        step: str,
        expected_version: int | None = None,
        category: str | None = None,
        note: str | None = None,
        department_id: UUID | str | None = None,
        handler_id: UUID | str | None = None,
        new_handler_id: UUID | str | None = None,
        settlement: str | None = None,
        outcome: str | None = None,
        solved: bool | None = None,
        satisfied: bool | None = None,
        comment: str | None = None,
        reason: str | None = None,
        question: str | None = None,
        answer: str | None = None,
    ) -> CasesCaseWithSteps: ...
    def look_up_case(
        self,
        *,
        number: str,
        token: str,
    ) -> CasesLookedUp: ...
    def take_slip_step(
        self,
        *,
        number: str,
        token: str,
        step: str,
        expected_version: int | None = None,
        solved: bool | None = None,
        satisfied: bool | None = None,
        comment: str | None = None,
        reason: str | None = None,
        answer: str | None = None,
    ) -> CasesLookedUp: ...

EventsNames = TypedDict(
    "EventsNames",
    {
        "zh-CN": str,
        "en": NotRequired[str],
    },
)

EventsClub = TypedDict(
    "EventsClub",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "code": str,
        "name": EventsNames,
        "description": NotRequired[EventsNames | None],
        "section": str,
        "kind": str,
        "members_count": int,
        "joined": bool,
    },
)

EventsClubPage = TypedDict(
    "EventsClubPage",
    {
        "items": list[EventsClub],
        "next_cursor": str | None,
    },
)

EventsMembership = TypedDict(
    "EventsMembership",
    {
        "id": str,
        "club_id": str,
        "club_name": EventsNames,
        "joined_at": str,
        "left_at": NotRequired[str | None],
    },
)

EventsMembershipPage = TypedDict(
    "EventsMembershipPage",
    {
        "items": list[EventsMembership],
        "next_cursor": str | None,
    },
)

EventsSession = TypedDict(
    "EventsSession",
    {
        "id": str,
        "starts_at": str,
        "ends_at": str,
        "capacity": int,
        "taken": int,
        "seats_left": int,
        "waiting": int,
        "registration_opens_at": NotRequired[str | None],
        "registration_closes_at": NotRequired[str | None],
        "location": str,
        "space_id": NotRequired[str | None],
        "cancelled_at": NotRequired[str | None],
        "cancel_reason": NotRequired[str | None],
    },
)

EventsClubEvent = TypedDict(
    "EventsClubEvent",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "club_id": str,
        "club_name": EventsNames,
        "section": str,
        "title": EventsNames,
        "description": EventsNames,
        "location": str,
        "space_id": NotRequired[str | None],
        "audience": str,
        "state": str,
        "organiser_id": NotRequired[str | None],
        "published_at": NotRequired[str | None],
        "cancelled_at": NotRequired[str | None],
        "cancel_reason": NotRequired[str | None],
        "sessions": list[EventsSession],
    },
)

EventsClubEventPage = TypedDict(
    "EventsClubEventPage",
    {
        "items": list[EventsClubEvent],
        "next_cursor": str | None,
    },
)

EventsWantedPlace = TypedDict(
    "EventsWantedPlace",
    {
        "starts_at": str,
        "ends_at": str,
        "location": str,
        "space_id": NotRequired[str | None],
    },
)

EventsAlternative = TypedDict(
    "EventsAlternative",
    {
        "space_id": str,
        "space_name": EventsNames,
        "starts_at": str,
        "ends_at": str,
    },
)

EventsRefusedRoom = TypedDict(
    "EventsRefusedRoom",
    {
        "space_id": str,
        "reason": str,
        "message": EventsNames,
        "held": bool,
        "wanted": EventsWantedPlace,
        "alternatives": list[EventsAlternative],
    },
)

EventsEquipmentOfSession = TypedDict(
    "EventsEquipmentOfSession",
    {
        "kind_id": str,
        "name": NotRequired[EventsNames | None],
        "quantity": int,
        "state": str,
    },
)

EventsRoomOfSession = TypedDict(
    "EventsRoomOfSession",
    {
        "session_id": str,
        "room": str,
        "moves_to": NotRequired[EventsWantedPlace | None],
        "refusal": NotRequired[EventsRefusedRoom | None],
        "equipment": NotRequired[list[EventsEquipmentOfSession]],
    },
)

EventsRooms = TypedDict(
    "EventsRooms",
    {
        "club_event_id": str,
        "sessions": list[EventsRoomOfSession],
    },
)

EventsRegistration = TypedDict(
    "EventsRegistration",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "session_id": str,
        "club_event_id": str,
        "title": EventsNames,
        "starts_at": str,
        "ends_at": str,
        "location": str,
        "resident_id": str,
        "resident_name": NotRequired[str | None],
        "registered_by": str,
        "seats": int,
        "state": str,
        "position": NotRequired[int | None],
        "created_at": str,
        "cancelled_at": NotRequired[str | None],
        "cancelled_by": NotRequired[str | None],
    },
)

EventsRegistrationPage = TypedDict(
    "EventsRegistrationPage",
    {
        "items": list[EventsRegistration],
        "next_cursor": str | None,
    },
)

class EventsClient:
    def list_clubs(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        section: str | None = None,
        community_id: str | None = None,
    ) -> EventsClubPage: ...
    def get_club(
        self,
        *,
        club_id: UUID | str,
    ) -> EventsClub: ...
    def join_club(
        self,
        *,
        club_id: UUID | str,
    ) -> EventsClub: ...
    def leave_club(
        self,
        *,
        club_id: UUID | str,
    ) -> EventsClub: ...
    def list_memberships(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> EventsMembershipPage: ...
    def list_club_events(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        section: str | None = None,
        community_id: str | None = None,
        club_id: UUID | str | None = None,
        state: str | None = None,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        q: str | None = None,
    ) -> EventsClubEventPage: ...
    def get_club_event(
        self,
        *,
        club_event_id: UUID | str,
    ) -> EventsClubEvent: ...
    def draft_club_event(
        self,
        *,
        club_id: UUID | str,
        section: str,
        title: dict[str, Any],
        description: dict[str, Any],
        location: str,
        sessions: list[dict[str, Any]],
        space_id: UUID | str | None = None,
        audience: str | None = None,
    ) -> EventsClubEvent: ...
    def revise_club_event(
        self,
        *,
        club_event_id: UUID | str,
        expected_version: int | None = None,
        club_id: UUID | str | None = None,
        section: str | None = None,
        title: dict[str, Any] | None = None,
        description: dict[str, Any] | None = None,
        location: str | None = None,
        space_id: UUID | str | None = None,
        audience: str | None = None,
        sessions: list[dict[str, Any]] | None = None,
        equipment: list[dict[str, Any]] | None = None,
    ) -> EventsClubEvent: ...
    def publish_club_event(
        self,
        *,
        club_event_id: UUID | str,
        expected_version: int | None = None,
    ) -> EventsClubEvent: ...
    def move_session(
        self,
        *,
        session_id: UUID | str,
        starts_at: datetime | str,
        ends_at: datetime | str,
        expected_version: int | None = None,
        location: str | None = None,
        space_id: UUID | str | None = None,
        equipment: list[dict[str, Any]] | None = None,
    ) -> EventsClubEvent: ...
    def cancel_session(
        self,
        *,
        session_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> EventsClubEvent: ...
    def cancel_club_event(
        self,
        *,
        club_event_id: UUID | str,
        reason: str,
        expected_version: int | None = None,
    ) -> EventsClubEvent: ...
    def change_capacity(
        self,
        *,
        session_id: UUID | str,
        capacity: int,
        expected_version: int | None = None,
    ) -> EventsClubEvent: ...
    def get_rooms(
        self,
        *,
        club_event_id: UUID | str,
    ) -> EventsRooms: ...
    def register(
        self,
        *,
        session_id: UUID | str,
        seats: int | None = None,
        resident_id: UUID | str | None = None,
    ) -> EventsRegistration: ...
    def list_registrations(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        scope: str | None = None,
        resident_id: UUID | str | None = None,
        session_id: UUID | str | None = None,
        club_event_id: UUID | str | None = None,
        state: str | None = None,
    ) -> EventsRegistrationPage: ...
    def get_registration(
        self,
        *,
        registration_id: UUID | str,
    ) -> EventsRegistration: ...
    def cancel_registration(
        self,
        *,
        registration_id: UUID | str,
        expected_version: int | None = None,
    ) -> EventsRegistration: ...

NotifyNotification = TypedDict(
    "NotifyNotification",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "template": str,
        "channel": str,
        "language": str,
        "title": str,
        "body": str,
        "subject_type": NotRequired[str | None],
        "subject_id": NotRequired[str | None],
        "state": str,
        "created_at": str,
        "read_at": NotRequired[str | None],
    },
)

NotifyNotificationPage = TypedDict(
    "NotifyNotificationPage",
    {
        "items": list[NotifyNotification],
        "next_cursor": str | None,
        "unread_count": int,
    },
)

NotifyMarked = TypedDict(
    "NotifyMarked",
    {
        "marked": int,
        "unread_count": int,
    },
)

NotifyContactPoint = TypedDict(
    "NotifyContactPoint",
    {
        "id": str,
        "version": int,
        "community_id": str,
        "account_id": str,
        "channel": str,
        "address": str,
        "verified": bool,
        "verified_at": NotRequired[str | None],
        "created_at": str,
    },
)

NotifyContactPointList = TypedDict(
    "NotifyContactPointList",
    {
        "items": list[NotifyContactPoint],
        "next_cursor": NotRequired[str | None],
    },
)

NotifyRemoved = TypedDict(
    "NotifyRemoved",
    {
        "id": str,
        "removed": bool,
    },
)

NotifyLanguage = TypedDict(
    "NotifyLanguage",
    {
        "language": str,
    },
)

NotifyCodeSent = TypedDict(
    "NotifyCodeSent",
    {
        "notification_id": str,
        "state": str,
        "expires_at": str,
    },
)

NotifySinkMessage = TypedDict(
    "NotifySinkMessage",
    {
        "id": str,
        "phone": str,
        "body": str,
        "sent_at": str,
    },
)

NotifySinkMessagePage = TypedDict(
    "NotifySinkMessagePage",
    {
        "items": list[NotifySinkMessage],
        "next_cursor": str | None,
    },
)

NotifyFeedMessage = TypedDict(
    "NotifyFeedMessage",
    {
        "place": str,
        "type": str,
        "event": dict[str, Any],
    },
)

NotifyFeedPage = TypedDict(
    "NotifyFeedPage",
    {
        "items": list[NotifyFeedMessage],
        "place": str,
        "more": bool,
    },
)

NotifyTakenOver = TypedDict(
    "NotifyTakenOver",
    {
        "last": NotRequired[str | None],
        "finished": bool,
    },
)

NotifyRelatives = TypedDict(
    "NotifyRelatives",
    {
        "account_id": str,
    },
)

NotifyReminderChoice = TypedDict(
    "NotifyReminderChoice",
    {
        "reminders": str,
    },
)

NotifyNames = TypedDict(
    "NotifyNames",
    {
        "zh-CN": str,
        "en": NotRequired[str],
    },
)

NotifyReminded = TypedDict(
    "NotifyReminded",
    {
        "subject_type": str,
        "subject_id": str,
        "account_id": str,
        "community_id": str,
        "name": NotifyNames,
        "location": NotRequired[str | None],
        "starts_at": str,
        "ends_at": str,
        "answer_by": NotRequired[str | None],
        "offer_id": NotRequired[str | None],
        "earlier": NotRequired[bool | None],
    },
)

NotifyStaffMessageChoice = TypedDict(
    "NotifyStaffMessageChoice",
    {
        "muted": list[str],
    },
)

class NotifyClient:
    def list_notifications(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        unread: bool | None = None,
        after: UUID | str | None = None,
    ) -> NotifyNotificationPage: ...
    def get_notification(
        self,
        *,
        notification_id: UUID | str,
    ) -> NotifyNotification: ...
    def mark_read(
        self,
        *,
        notification_id: UUID | str,
    ) -> NotifyNotification: ...
    def mark_all_read(self) -> NotifyMarked: ...
    def list_contact_points(
        self,
        *,
        account_id: UUID | str | None = None,
    ) -> NotifyContactPointList: ...
    def put_contact_point(
        self,
        *,
        channel: str,
        address: str,
        account_id: UUID | str | None = None,
        verified: bool | None = None,
        language: str | None = None,
    ) -> NotifyContactPoint: ...
    def verify_contact_point(
        self,
        *,
        contact_point_id: UUID | str,
        code: str,
    ) -> NotifyContactPoint: ...
    def remove_contact_point(
        self,
        *,
        contact_point_id: UUID | str,
        expected_version: int | None = None,
    ) -> NotifyRemoved: ...
    def set_language(
        self,
        *,
        language: str,
    ) -> NotifyLanguage: ...
    def send_code(
        self,
        *,
        phone: str,
        code: str,
        minutes: int,
    ) -> NotifyCodeSent: ...
    def list_sink_messages(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        phone: str | None = None,
    ) -> NotifySinkMessagePage: ...
    def read_feed(
        self,
        *,
        after: str | None = None,
        types: list[str] | None = None,
        limit: int | None = None,
    ) -> NotifyFeedPage: ...
    def take_over_feed(
        self,
        *,
        entries: list[dict[str, Any]] | None = None,
        pruned: str | None = None,
        end: str | None = None,
    ) -> NotifyTakenOver: ...
    def put_relatives(
        self,
        *,
        account_id: UUID | str,
        phone: str | None = None,
        name: str | None = None,
        guardian_ids: list[UUID | str] | None = None,
        until: datetime | str | None = None,
    ) -> NotifyRelatives: ...
    def get_reminder_choice(
        self,
        *,
        account_id: UUID | str | None = None,
    ) -> NotifyReminderChoice: ...
    def choose_reminders(
        self,
        *,
        reminders: str,
        account_id: UUID | str | None = None,
        community_id: str | None = None,
    ) -> NotifyReminderChoice: ...
    def get_reminded(
        self,
        *,
        secret: str,
    ) -> NotifyReminded: ...
    def get_staff_messages(self) -> NotifyStaffMessageChoice: ...
    def choose_staff_messages(
        self,
        *,
        muted: list[str],
    ) -> NotifyStaffMessageChoice: ...

class Client:
    booking: BookingClient
    cases: CasesClient
    events: EventsClient
    notify: NotifyClient

booking: BookingClient
cases: CasesClient
events: EventsClient
notify: NotifyClient
public: Client
as_gateway: Client

def acting_as(identity: Identity) -> Client: ...
def for_jobs(rpc: Rpc, communities: Communities = DISTRICT) -> Client: ...
def for_streams() -> Client: ...
