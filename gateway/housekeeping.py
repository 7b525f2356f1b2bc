"""What the gateway deletes after a time, and its other upkeep."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from chassis.background.expiry import Expiry, PartitionExpiry
from chassis.config import settings
from chassis.database.engine import transaction
from gateway.accounts import invitations, rotation, search_index
from gateway.accounts.models import REVEALS
from gateway.accounts.personal import PersonalFields
from gateway.audit import upkeep
from gateway.photos import storage
from gateway.settings import gateway_settings
from gateway.substitutes import upkeep as substitutes
from gateway.systems import upkeep as systems


def expiries() -> Sequence[Expiry | PartitionExpiry]:
    """Sessions, invitations, one-time codes, ceremonies, authenticators in set-up, forms that wait, imports, access tokens and
    uses of limits that are over, and the log of reveals after LINLI_KEEP_REVEALS_DAYS."""
    return (
        Expiry("session", "expires_at"),
        Expiry("invitation", "expires_at", invitations.KEPT),
        Expiry("one_time_code", "created_at", timedelta(days=2)),  # longer than the longest window that counts them
        Expiry("limited_use", "expires_at"),
        Expiry("ceremony", "expires_at"),
        Expiry("totp_enrolment", "expires_at"),
        Expiry("carried_form", "expires_at"),
        Expiry("import_draft", "expires_at"),
        Expiry("household_invitation", "expires_at"),
        Expiry("system_token", "expires_at"),
        PartitionExpiry(REVEALS, "at", timedelta(days=gateway_settings().keep_reveals_days)),
    )


def longest_call() -> timedelta:
    """After this time no call of a service is at work any more that was begun before: it waits at most LINLI_RPC_TIMEOUT, and
    its statements take at most LINLI_STATEMENT_TIMEOUT."""
    config = settings()
    return timedelta(seconds=config.rpc_timeout + 2 * config.statement_timeout)


def renew(database: Engine, personal: PersonalFields, now: datetime) -> bool:
    """Give up photos without a report, delete old entries of the audit log, end substitutions of accounts that were switched
    off, encrypt personal fields again with the newest key, and index residents for the search. Returns True if there may be
    more."""
    more = upkeep.delete_old(database, now, timedelta(days=gateway_settings().keep_audit_days))
    with transaction(database) as session:
        storage.give_up_unclaimed(session, now)
    substitutes.end_of_disabled(database, personal, now)
    with transaction(database) as session:
        more |= systems.renew(session, personal) > 0
    with transaction(database) as session:
        more |= rotation.renew(session, personal) > 0
    return search_index.index_missing(database, personal) or more
