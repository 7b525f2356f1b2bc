"""Requests for spaces that need approval: approvers see, accept and decline them."""

from chassis.rpc.interface import Code, Command, Expecting, Id, OneOf, Paged, Query, Text, number, page_of
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.booking_words import DECLINE_REASONS
from services.booking.interface.bookings import Booking
from services.booking.interface.refusals import (
    Closed,
    LimitReached,
    NoDateFits,
    NoOpenRequest,
    OffGrid,
    OutOfUse,
    OverCapacity,
    PartClosed,
    RequestAnswered,
    SpaceTaken,
    TooShort,
)
from services.booking.interface.series import Series


class ListRequests(Paged):
    community_id = Code(example=None, description="those of this community")


class AcceptRequest(Expecting):
    booking_id = Id(required=True)


def _reason() -> OneOf:
    return OneOf(*DECLINE_REASONS, required=True, example="unclear", description="the resident is told")


def _note() -> Text:
    return Text(most=200, example="请写明人数", description="the resident reads it with the booking; no message has it")


class DeclineRequest(Expecting):
    booking_id = Id(required=True)
    reason = _reason()
    note = _note()


class AcceptSeriesRequests(Expecting):
    series_id = Id(required=True)


class DeclineSeriesRequests(Expecting):
    series_id = Id(required=True)
    reason = _reason()
    note = _note()


_RULES_NOW = (OverCapacity, OffGrid, TooShort, Closed, PartClosed, OutOfUse, LimitReached, SpaceTaken)

LIST_REQUESTS = Query(
    "booking.list_requests",
    "List the requests that wait for your answer",
    takes=ListRequests(),
    gives=page_of(Booking, count=number(2, description="how many wait for your answer, at most 1000 are counted")),
    refuses=(Forbidden,),
    description="The one that lapses first comes first. Only of spaces whose approver you are: those that name you, and, for "
    "clerks and admins, those of their communities that name nobody.",
)
ACCEPT_REQUEST = Command(
    "booking.accept_request",
    "Accept a request for a space",
    takes=AcceptRequest(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, RequestAnswered, *_RULES_NOW),
    description="It becomes a booking. If its time is taken by now it stays a request, and the refusal says so. Other requests "
    "that can no longer be given are declined in the same transaction, and those who asked are told what else is free.",
)
DECLINE_REQUEST = Command(
    "booking.decline_request",
    "Decline a request for a space",
    takes=DeclineRequest(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, RequestAnswered),
)
ACCEPT_SERIES_REQUESTS = Command(
    "booking.accept_series_requests",
    "Accept the requests of a series",
    takes=AcceptSeriesRequests(),
    gives=Series(),
    refuses=(NotFound, Forbidden, NoOpenRequest, NoDateFits),
    description="All dates that wait for your answer. A date that cannot be given stays a request and says why: its state is "
    "`requested`, with a code. The resident is told once.",
)
DECLINE_SERIES_REQUESTS = Command(
    "booking.decline_series_requests",
    "Decline the requests of a series",
    takes=DeclineSeriesRequests(),
    gives=Series(),
    refuses=(NotFound, Forbidden, NoOpenRequest),
    description="All dates that wait for your answer. The resident is told once.",
)
