"""What the gateway deletes after a time, and its other upkeep."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from chassis.background.expiry import Expiry, PartitionExpiry
from chassis.database.engine import transaction
from gateway.accounts import invitations, rotation
from gateway.accounts.models import REVEALS
from gateway.accounts.personal import PersonalFields
from gateway.audit import upkeep
from gateway.photos import storage
from gateway.settings import gateway_settings


def expiries() -> Sequence[Expiry | PartitionExpiry]:
    """Sessions, invitations, one-time codes and uses of limits that are over, and the log of reveals after
    LINLI_KEEP_REVEALS_DAYS."""
    return (
        Expiry("session", "expires_at"),
        Expiry("invitation", "expires_at", invitations.KEPT),
        Expiry("one_time_code", "created_at", timedelta(days=2)),  # longer than the longest window that counts them
        Expiry("limited_use", "expires_at"),
        PartitionExpiry(REVEALS, "at", timedelta(days=gateway_settings().keep_reveals_days)),
    )


def renew(database: Engine, personal: PersonalFields, now: datetime) -> bool:
    """Give up photos without a report, delete old entries of the audit log, and encrypt personal fields again with the newest
    key. Returns True if there may be more."""
    more = upkeep.delete_old(database, now, timedelta(days=gateway_settings().keep_audit_days))
    with transaction(database) as session:
        storage.give_up_unclaimed(session, now)
    with transaction(database) as session:
        return rotation.renew(session, personal) > 0 or more
