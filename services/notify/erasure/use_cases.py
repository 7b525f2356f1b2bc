"""Erase an account: send the receipt, and forget the addresses that it is sent to.

notify is the last service that erases an account, because it has the addresses. Receipt, erasure and answer are in one
transaction with the receipt of the message, so a redelivery sends nothing twice. The queued receipt has the address in itself,
encrypted, until it is sent; it belongs to no account.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from cryptography.fernet import InvalidToken

from chassis.database import erased
from chassis.messaging import outbox
from chassis.messaging.erasure import Outcome
from chassis.rpc.call import Call
from services.notify.delivery.content import Content
from services.notify.delivery.storage import enqueue
from services.notify.erasure import storage
from services.notify.erasure.messages import account_erased
from services.notify.interface.addresses import EMAIL
from services.notify.interface.refusals import AccountErased
from services.notify.notifications.models import Notification
from services.notify.notifications.rendering import render
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import Recipient
from services.notify.reminders import storage as reminders
from services.notify.settings import notify_settings

TEMPLATE: Final = "account_erased"
# The upkeep deletes notifications without an account after a day.
TRIED_FOR: Final = timedelta(hours=23)


def erase_account(call: Call, *, erasure_id: UUID, account_id: UUID, community_id: str, number: str) -> None:
    """Send the receipt `number` to the account's addresses, erase the account, and answer. An account that was erased before
    gets no second receipt."""
    try:
        recipient = recipients.lock_recipient(call.session, account_id, community_id)
    except AccountErased:
        outcome = Outcome({})
    else:
        _send_receipt(call, recipient, community_id, number)
        outcome = erase(call, account_id)
    outbox.add(call.session, account_erased(erasure_id, account_id, community_id, outcome, call.now))


def erase(call: Call, account_id: UUID) -> Outcome:
    """Addresses and reminders are deleted. Notifications lose their text and their account; those that wait are cancelled."""
    reminders.delete_reminders(call.session, account_id)
    notifications = storage.blank_notifications(call.session, account_id, call.now)
    points = storage.delete_contact_points(call.session, account_id)
    storage.delete_relatives(call.session, account_id)
    storage.delete_recipient(call.session, account_id)
    erased.forget_answers(call.session, account_id)
    erased.remember(call.session, account_id, call.now)
    return Outcome({"contact_points": points, "notifications": notifications})


def erase_returned(call: Call) -> int:
    """Erase the accounts again that a restore has brought back. Returns how many."""
    accounts = storage.returned(call.session)
    for account_id in accounts:
        erase(call, account_id)
    return len(accounts)


def _send_receipt(call: Call, recipient: Recipient, community_id: str, number: str) -> None:
    """By SMS and by e-mail, as far as there are addresses that the person has verified; not to the phone of a relative."""
    points = recipients.list_contact_points(call.session, recipient.account_id)
    for channel, point in {point.channel: point for point in points if point.verified}.items():
        if channel == EMAIL and not notify_settings().smtp_url:
            continue
        try:
            address = point.plain_address()
        except InvalidToken:  # no key fits any more, so nothing can be sent there
            continue
        text = render(TEMPLATE, channel, recipient.language, {"number": number})
        enqueue(
            call.session,
            Notification.to_send(
                call.now,
                community_id=community_id,
                channel=channel,
                template=TEMPLATE,
                language=recipient.language,
                expires_at=call.now + TRIED_FOR,
                sealed=Content(text.title, text.body, text.variables, address=address).seal(),
            ),
        )
