"""A resident's phone becomes their contact point in notify, however often it takes.

Signing in must not wait for notify, nor fail with it: the account remembers that it is due.
"""

from collections.abc import Callable

from sqlalchemy import Engine, select

from chassis.database.engine import transaction
from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields

CHANNEL = "gateway_contact_due"
_BATCH = 20


def hand_over(engine: Engine, personal: PersonalFields, put: Callable[..., object]) -> bool:
    """Give due phones to notify through `put` (notify.put_contact_point). Returns whether there may be more to do at
    once; stops at the first that notify does not take now."""
    for _ in range(_BATCH):
        with transaction(engine) as session:
            account = session.scalar(select(Account).where(Account.contact_due).limit(1).with_for_update(skip_locked=True))
            if account is None or account.phone is None:
                return False
            payload = {
                "account_id": str(account.id),
                "channel": "sms",
                "address": personal.open(account.phone),
                "verified": True,
                "language": account.language,
            }
            try:
                put(**payload)
            except (Refusal, Refused):
                return False
            account.contact_due = False
    return True
