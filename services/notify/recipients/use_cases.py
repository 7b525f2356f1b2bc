"""What a recipient chooses."""

from chassis.rpc.call import Call
from services.notify.access import account, home_of
from services.notify.recipients import storage
from services.notify.recipients.models import Recipient


def set_language(call: Call, *, language: str) -> Recipient:
    """Choose the language of the caller's future notifications. Raises Unauthenticated."""
    recipient = storage.lock_recipient(call.session, account(call.acting), home_of(call))
    recipient.language = language
    return recipient
