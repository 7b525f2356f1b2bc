"""The renewal of door codes with new keys. Locks are told again, because the index is a part of what they have."""

from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.observability import telemetry
from services.booking.locks import storage

log = telemetry.get_logger(__name__)
BATCH: Final = 200


def renew_codes(session: Session, limit: int = BATCH) -> int:
    """Encrypt and index again up to `limit` codes of older keys. Returns how many there were. Codes that no key can decrypt are
    left to `replace_unreadable`. Codes live for few days, so all of them are looked at: no note of an age is needed, and a
    replica that still has the old keys leaves nothing behind."""
    count = 0
    for known in storage.codes_to_renew(session):
        if count == limit:
            break
        try:
            with session.begin_nested():
                known.renew()
                session.flush()
        except IntegrityError:
            # Another booking has got the same code under the new index key. The next round makes a new one for this booking.
            log.warning("door code given twice during a change of keys", booking_id=str(known.booking_id))
            session.delete(known)
        count += 1
    return count
