"""The link of a reminder: what it is about, and giving that up or answering a question about it, without signing in. The link
of an offer to somebody who waits: taking it or passing it on.

The secret in the link stands for one booking or registration at one time. notify made it and knows what it is about. Everything
else is asked of the service that owns the thing, as its resident, so its rules decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask_babel import gettext

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.calls.client import Client
from gateway.http import limits
from services.booking.interface.questions import MOVED, OPEN
from services.booking.interface.refusals import CancelDeadlinePassed, OfferOver, SpaceTaken, TimeNotOffered
from services.notify.interface.refusals import ReminderLinkVoid
from services.notify.interface.reminders import OFFER, QUESTION

Json = Mapping[str, Any]
# Kinds of refusals after which the thing is not there, or not as the reminder said.
_VOID: Final = frozenset({"not_found", "forbidden", "conflict", "precondition"})

_STANDS: Final = {QUESTION: OPEN}  # the state in which a thing is as notify has said


@dataclass(frozen=True, slots=True)
class Behind:
    """What a link is about: `reminded` as notify knows it, `thing` as its service knows it."""

    reminded: Json
    thing: Json
    theirs: Client

    @property
    def is_late(self) -> bool:
        """Whether only staff can still cancel it."""
        return not self.is_question and not self.is_offer and "cancel" not in self.thing.get("can", ("cancel",))

    @property
    def is_offer(self) -> bool:
        """Whether a time is held for somebody who waits."""
        return bool(self.reminded["subject_type"] == OFFER)

    @property
    def is_question(self) -> bool:
        """Whether it is asked whether a date is still needed."""
        return bool(self.reminded["subject_type"] == QUESTION)

    @property
    def was_moved(self) -> bool:
        """Whether it is asked whether the time suits to which a closure moved the booking."""
        return self.is_question and self.thing.get("kind") == MOVED


def find(secret: str) -> Behind:
    """What the link is about. Raises ReminderLinkVoid if it is unknown or void; Throttled after too many wrong ones; the
    refusals of kind unavailable."""
    with limits.guess(limits.REMINDER_LINKS):
        try:
            reminded = client.as_gateway.notify.get_reminded(secret=secret)
        except Refused as refused:
            if refused.kind in {"gone", "invalid"}:
                raise ReminderLinkVoid() from refused
            raise
    # Not with the rights of the account: only as the owner of this one thing.
    theirs = client.acting_as(Identity(reminded["account_id"], "resident", community_id=reminded["community_id"]))
    try:
        thing = _thing(theirs, reminded)
    except Refused as refused:
        raise _void(refused) from refused
    # notify hears of changes a moment later than they are made.
    if not _is_as_reminded(thing, reminded):
        raise ReminderLinkVoid()
    return Behind(reminded, thing, theirs)


def give_up(secret: str) -> Json:
    """Cancel the booking, give up the seats or pass the offer on, in the name of the resident. Returns what it was about.
    Raises as find, and Refused with the code of CancelDeadlinePassed."""
    behind = find(secret)
    thing = behind.thing
    if behind.is_question:
        raise ReminderLinkVoid()
    try:
        if behind.reminded["subject_type"] == "booking":
            why = gettext("通过提醒里的链接取消")
            behind.theirs.booking.cancel_booking(booking_id=thing["id"], reason=why, expected_version=thing["version"])
        elif behind.is_offer:
            behind.theirs.booking.decline_offer(wait_id=thing["id"], offer_id=behind.reminded["offer_id"])
        else:
            behind.theirs.events.cancel_registration(registration_id=thing["id"], expected_version=thing["version"])
    except Refused as refused:
        raise _void(refused) from refused
    return behind.reminded


def answer(secret: str, said: str) -> None:
    """Answer the question (ANSWERS of its interface) in the name of the resident. Raises as find."""
    behind = find(secret)
    if not behind.is_question:
        raise ReminderLinkVoid()
    thing = behind.thing
    try:
        behind.theirs.booking.answer_question(question_id=thing["id"], answer=said, expected_version=thing["version"])
    except Refused as refused:
        raise _void(refused) from refused


def like_times(secret: str) -> tuple[Behind, list[Json]]:
    """What the link is about, and to which times the booking could move instead. Raises as find."""
    behind = _moved(secret)
    try:
        return behind, list(behind.theirs.booking.find_like_times(question_id=behind.thing["id"])["items"])
    except Refused as refused:
        raise _void(refused) from refused


def choose(secret: str, wanted: Json) -> None:
    """Move the booking to `wanted` {space_id, starts_at, ends_at}, in the name of the resident. Raises as find, and Refused
    with the codes of TimeNotOffered and SpaceTaken; then the question stays."""
    behind = _moved(secret)
    about = {"question_id": behind.thing["id"], "expected_version": behind.thing["version"]}
    try:
        behind.theirs.booking.choose_like_time(**about, **wanted)
    except Refused as refused:
        if refused.code in {TimeNotOffered.code, SpaceTaken.code} or refused.kind == "invalid":
            raise
        raise _void(refused) from refused


def _moved(secret: str) -> Behind:
    behind = find(secret)
    if not behind.was_moved:
        raise ReminderLinkVoid()
    return behind


def accept(secret: str) -> Json:
    """Take the offered time, in the name of the resident. Returns the booking. Raises as find, and Refused with the reason why
    it cannot be booked, such as a limit; then the offer stays."""
    behind = find(secret)
    if not behind.is_offer:
        raise ReminderLinkVoid()
    try:
        return behind.theirs.booking.accept_offer(wait_id=behind.thing["id"], offer_id=behind.reminded["offer_id"])
    except Refused as refused:
        raise (ReminderLinkVoid() if refused.code == OfferOver.code else refused) from refused


def _is_as_reminded(thing: Json, reminded: Json) -> bool:
    """Whether the thing is still what the reminder is about."""
    kind = reminded["subject_type"]
    if kind == OFFER:
        return thing["offer"] is not None and thing["offer"]["id"] == str(reminded["offer_id"]) and "accept" in thing["can"]
    return bool(thing["state"] == _STANDS.get(kind, "confirmed") and _start(thing) == _start(reminded))


def _thing(theirs: Client, reminded: Json) -> Json:
    if reminded["subject_type"] == QUESTION:
        return theirs.booking.get_question(question_id=reminded["subject_id"])
    if reminded["subject_type"] == OFFER:
        return theirs.booking.get_wait(wait_id=reminded["subject_id"])
    if reminded["subject_type"] == "booking":
        return theirs.booking.get_booking(booking_id=reminded["subject_id"])
    return theirs.events.get_registration(registration_id=reminded["subject_id"])


def _start(thing: Json) -> datetime:
    return datetime.fromisoformat(thing["starts_at"])


def _void(refused: Refused) -> Refusal | Refused:
    return ReminderLinkVoid() if refused.kind in _VOID and refused.code != CancelDeadlinePassed.code else refused
