"""What a recipient chooses."""

from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden
from services.notify.access import account, home_of
from services.notify.recipients import storage
from services.notify.recipients.models import Recipient


def set_language(call: Call, *, language: str) -> Recipient:
    """Choose the language of the caller's future notifications. Raises Unauthenticated."""
    recipient = storage.lock_recipient(call.session, account(call.acting), home_of(call))
    recipient.language = language
    return recipient


def get_staff_messages(call: Call) -> Recipient:
    """What the caller has muted. Raises Unauthenticated, and Forbidden for residents, who are told of no spaces."""
    account_id = _staff(call)
    return storage.find_recipient(call.session, account_id) or Recipient(account_id=account_id, muted=[])


def choose_staff_messages(call: Call, *, muted: list[str]) -> Recipient:
    """Mute `muted` (STAFF_MESSAGES) from now on, and nothing else. Raises Unauthenticated, Forbidden."""
    recipient = storage.lock_recipient(call.session, _staff(call), home_of(call))
    recipient.muted = sorted(muted)
    return recipient


def _staff(call: Call) -> UUID:
    account_id = account(call.acting)
    if call.acting.party != "staff":
        raise Forbidden()
    return account_id
