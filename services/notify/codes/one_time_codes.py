"""Sends one-time codes of both kinds: for signing in, and to verify an e-mail address."""

from datetime import timedelta
from math import ceil

from chassis.rpc.call import Call
from services.notify.codes import storage
from services.notify.delivery.content import Content
from services.notify.delivery.storage import enqueue
from services.notify.interface.refusals import TooManyCodes
from services.notify.notifications.models import Notification
from services.notify.notifications.rendering import render


def count_code(call: Call, *indexes: str) -> None:
    """Count one code against each of these allowances. Raises TooManyCodes, and counts nothing, if one is used up."""
    allowances = [storage.lock_allowance(call.session, index, call.now) for index in indexes]
    if wait := max(allowance.wait(call.now) for allowance in allowances):
        raise TooManyCodes(retry_after=ceil(wait.total_seconds()))
    for allowance in allowances:
        allowance.count(call.now)


def queue_code(
    call: Call, code: str, *, template: str, channel: str, address: str, language: str, community_id: str, minutes: int
) -> Notification:
    """Queue `code`, which is valid for `minutes`, to `address` (normalised). It is sent before other notifications of the
    channel, and not at all after it has expired. Code and address are stored encrypted only, until it is sent."""
    text = render(template, channel, language, {"code": code, "minutes": minutes})
    notification = Notification.to_send(
        call.now,
        urgent=True,
        community_id=community_id,
        channel=channel,
        template=template,
        language=language,
        expires_at=call.now + timedelta(minutes=minutes),
        # The address is in the content: contact points are used for verified addresses only.
        sealed=Content(text.title, text.body, text.variables, address=address).seal(),
    )
    return enqueue(call.session, notification)
