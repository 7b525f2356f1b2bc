"""Labels of codes in the page's language. The labels of a word list are in the interface that declares it."""

from collections.abc import Mapping
from typing import Any

from chassis.rpc.interface import Words
from gateway.http import current
from services.booking.interface.appeals import APPEAL_REASONS, APPEAL_STATES
from services.booking.interface.availability import BUSY_REASONS, TAKEN_AS
from services.booking.interface.booking_words import DECLINE_REASONS, DECLINED_BECAUSE, STAFF_REASONS
from services.booking.interface.booking_words import STATES as BOOKING_STATES
from services.booking.interface.bookings import UNNEEDED
from services.booking.interface.closures import REASONS as CLOSURE_REASONS
from services.booking.interface.closures import STATES as CLOSURE_STATES
from services.booking.interface.counter_words import LEFT_BECAUSE, TICKET_STATES, TICKET_STEPS
from services.booking.interface.doors import DOOR_USES
from services.booking.interface.equipment_words import COUNTED, UNIT_STATES, USE_STATES
from services.booking.interface.explanations import HOLDERS
from services.booking.interface.fair_opening import KEPT_FOR
from services.booking.interface.limits import ACTIONS as LIMIT_ACTIONS
from services.booking.interface.locks import CODE_STATES
from services.booking.interface.lotteries import CANCELLED_BECAUSE as LOTTERY_CANCELLED_BECAUSE
from services.booking.interface.lotteries import ENTRY_STATES as LOTTERY_ENTRY_STATES
from services.booking.interface.lotteries import OUTCOMES as LOTTERY_OUTCOMES
from services.booking.interface.lotteries import STATES as LOTTERY_STATES
from services.booking.interface.questions import OF_MOVES
from services.booking.interface.questions import STATES as QUESTION_STATES
from services.booking.interface.series import DATE_STATES, NOT_ASKED
from services.booking.interface.space_previews import APPROVAL_CHANGES, MISFITS
from services.booking.interface.spaces import DOOR_CHECK_INS, OPEN_TO, SECTIONS
from services.booking.interface.spaces import KINDS as SPACE_KINDS
from services.booking.interface.waits import STATES as WAIT_STATES
from services.cases.interface.cases import PARTIES
from services.cases.interface.states import OUTCOMES
from services.cases.interface.states import STATES as CASE_STATES
from services.cases.interface.workflow import STEPS_TAKEN as CASE_STEPS_TAKEN
from services.events.interface.club_events import AUDIENCES
from services.events.interface.club_events import STATES as EVENT_STATES
from services.events.interface.clubs import KINDS as CLUB_KINDS
from services.events.interface.registrations import STATES as REGISTRATION_STATES
from services.events.interface.rooms import EQUIPMENT_STATES, ROOM_STATES

SECTION_LINES = Words(
    {
        "convenience": ("党建、民政、养老、社保，家门口办成事", "Civil affairs, pensions and social security, close to home"),
        "neighbour": ("阅览、调解、社团，邻里常来常往", "Reading, mediation and clubs: where neighbours meet"),
        "smart": ("VR 体验、创客、直播，新本领大家学", "VR, making and livestreaming: new skills for everyone"),
        "elders": ("日间照料、球场、歌舞，老有所乐", "Day care, courts, song and dance for later years"),
    }
)
# The word lists that every template knows by these names.
WORDS = {
    "APPEAL_REASONS": APPEAL_REASONS,
    "APPEAL_STATES": APPEAL_STATES,
    "ATTEMPT_HOLDERS": HOLDERS,
    "AUDIENCES": AUDIENCES,
    "BOOKING_STATES": BOOKING_STATES,
    "CODE_STATES": CODE_STATES,
    "BUSY_REASONS": BUSY_REASONS,
    "DECLINED_BECAUSE": DECLINED_BECAUSE,
    "DECLINE_REASONS": DECLINE_REASONS,
    "CASE_STATES": CASE_STATES,
    "CASE_OUTCOMES": OUTCOMES,
    "CASE_STEPS_TAKEN": CASE_STEPS_TAKEN,
    "CLOSURE_REASONS": CLOSURE_REASONS,
    "CLOSURE_STATES": CLOSURE_STATES,
    "CLUB_KINDS": CLUB_KINDS,
    "COUNTED": COUNTED,
    "DATE_STATES": DATE_STATES,
    "DOOR_CHECK_INS": DOOR_CHECK_INS,
    "DOOR_USES": DOOR_USES,
    "EVENT_STATES": EVENT_STATES,
    "KEPT_FOR": KEPT_FOR,
    "LEFT_BECAUSE": LEFT_BECAUSE,
    "LIMIT_ACTIONS": LIMIT_ACTIONS,
    "LOTTERY_CANCELLED_BECAUSE": LOTTERY_CANCELLED_BECAUSE,
    "LOTTERY_ENTRY_STATES": LOTTERY_ENTRY_STATES,
    "LOTTERY_OUTCOMES": LOTTERY_OUTCOMES,
    "LOTTERY_STATES": LOTTERY_STATES,
    "MISFITS": MISFITS,
    "APPROVAL_CHANGES": APPROVAL_CHANGES,
    "NOT_ASKED": NOT_ASKED,
    "OPEN_TO": OPEN_TO,
    "PARTIES": PARTIES,
    "MOVE_ANSWERS": OF_MOVES,
    "QUESTION_STATES": QUESTION_STATES,
    "STAFF_REASONS": STAFF_REASONS,
    "UNIT_STATES": UNIT_STATES,
    "USE_STATES": USE_STATES,
    "REGISTRATION_STATES": REGISTRATION_STATES,
    "ROOM_STATES": ROOM_STATES,
    "EQUIPMENT_STATES": EQUIPMENT_STATES,
    "SECTIONS": SECTIONS,
    "SECTION_LINES": SECTION_LINES,
    "SPACE_KINDS": SPACE_KINDS,
    "TAKEN_AS": TAKEN_AS,
    "UNNEEDED": UNNEEDED,
    "TICKET_STATES": TICKET_STATES,
    "TICKET_STEPS": TICKET_STEPS,
    "WAIT_STATES": WAIT_STATES,
}
TONES = {
    "confirmed": "good",
    "requested": "warn",
    "lapsed": "",
    "booked": "good",
    "called": "warn",
    "serving": "calm",
    "done": "good",
    "free": "good",
    "kept": "warn",
    "open": "warn",
    "needed": "good",
    "cancelled": "",
    "no_show": "bad",
    "waitlisted": "warn",
    "reported": "warn",
    "accepted": "calm",
    "dispatched": "calm",
    "settled": "good",
    "closed": "good",
    "declined": "",
    "asked": "warn",
    "suspended": "warn",
    "disputed": "bad",
    "voided": "",
    "draft": "warn",
    "awaiting_room": "calm",
    "waiting": "calm",
    "offered": "good",
    "fulfilled": "good",
    "held": "good",
    "given": "good",
    "missing": "bad",
    "won": "good",
    "entered": "calm",
    "refused": "warn",
    "published": "good",
}


def label(words: Words, code: str | None) -> str:
    """The label of `code` in the page's language. The code itself if it is unknown, which happens with a newer service."""
    return localized(words.labels.get(code, code)) if code else ""


def localized(text: Mapping[str, Any] | str | None) -> str:
    """A bilingual text (`{"zh-CN": …, "en": …}`) in the page's language. The Chinese text if there is no translation."""
    if not isinstance(text, Mapping):
        return text or ""
    return str(text.get(current.language()) or text.get("zh-CN") or next(iter(text.values()), ""))
