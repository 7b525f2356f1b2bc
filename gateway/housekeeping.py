"""Deletes expired rows, and encrypts personal fields again with the newest key."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from gateway.accounts import rotation
from gateway.accounts.models import OneTimeCode, SignInSession
from gateway.accounts.personal import PersonalFields
from gateway.http import shared_limits
from gateway.photos import storage
from gateway.streams import feed

CODES_KEPT = timedelta(days=2)  # longer than the longest window that counts them


def tidy(session: Session, personal: PersonalFields, now: datetime) -> bool:
    """One round of upkeep. Returns True if the next round should follow at once."""
    session.execute(delete(SignInSession).where(SignInSession.expires_at <= now))
    session.execute(delete(OneTimeCode).where(OneTimeCode.created_at < now - CODES_KEPT))
    shared_limits.delete_expired(session, now)
    storage.give_up_unclaimed(session, now)
    feed.prune(session, now)
    return rotation.renew(session, personal) > 0
