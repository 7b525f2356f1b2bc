"""Reminders: how a person wants them, and the booking or registration behind the secret in the link of one."""

from typing import Final

from chassis.rpc.interface import (
    Answer,
    Code,
    Command,
    Id,
    OneOf,
    Query,
    Request,
    Secret,
    Words,
    flag,
    identifier,
    moment,
    names,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden
from services.notify.interface.refusals import ReminderLinkVoid

QUESTION: Final = "question"  # whether a date of a series is still needed
OFFER: Final = "wait"  # a time is held for somebody who waits
SUBJECTS: Final = ("booking", "registration", QUESTION, OFFER)
OFF: Final = "off"
IN_APP_AND_EMAIL: Final = "app"
ALSO_SMS: Final = "sms"
WAYS: Final = Words(
    {
        IN_APP_AND_EMAIL: ("站内通知和邮件", "In the app and by e-mail"),
        ALSO_SMS: ("另外也发短信", "Also by text message"),
        OFF: ("不提醒", "Do not remind me"),
    }
)


class ReminderChoice(Answer):
    """How you are reminded of bookings and sessions. `app`: in the app, and by e-mail if you have a verified address."""

    reminders = word(WAYS)


class GetReminderChoice(Request):
    account_id = Id(example=None, description="for the gateway: the account; default: your own")


class ChooseReminders(Request):
    account_id = Id(example=None, description="for the gateway: the account; default: your own")
    community_id = Code(example=None, description="for the gateway: the community of that account")
    reminders = OneOf(*WAYS, required=True)


class Reminded(Answer):
    """What the link of a reminder is about. It has no personal data but the account, which is for the gateway."""

    subject_type = word(SUBJECTS)
    subject_id = identifier()
    account_id = identifier()
    community_id = text("liuyi")
    name = names("羽毛球1号场", "Badminton court 1", description="the space, or the title of the club event")
    location = text("一楼乒乓球室", maybe=True, description="of a session; null for bookings")
    starts_at = moment()
    ends_at = moment()
    answer_by = moment(maybe=True, description="of a question or an offer: until when it can be answered")
    offer_id = identifier(maybe=True, description="of an offer to who waits")
    earlier = flag(maybe=True, description="of an offer: it is an earlier time of a booking")


class GetReminded(Request):
    secret = Secret(required=True, most=64)


GET_REMINDER_CHOICE = Query(
    "notify.get_reminder_choice",
    "See how you are reminded",
    takes=GetReminderChoice(),
    gives=ReminderChoice(),
    refuses=(Forbidden,),
)
CHOOSE_REMINDERS = Command(
    "notify.choose_reminders",
    "Choose how you are reminded",
    takes=ChooseReminders(),
    gives=ReminderChoice(),
    refuses=(Forbidden,),
    description="Of bookings and sessions: the evening before, or two hours before if they were made later. Never at night.",
)
GET_REMINDED = Query(
    "notify.get_reminded",
    "Find what the link of a reminder is about",
    takes=GetReminded(),
    gives=Reminded(),
    refuses=(Forbidden, ReminderLinkVoid),
    description="Only the gateway.",
)
