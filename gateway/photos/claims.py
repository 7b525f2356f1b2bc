"""Photos of reports that were never answered: days later, cases is asked which of them it has.

When the answer to a report is lost (cases away, a timeout, a kill here), the case may exist all the same. So its photos stay
claimed: released, they could be used in a second report, or be deleted and leave the case without them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from chassis.database.engine import reading, transaction
from chassis.observability import telemetry
from chassis.rpc.refusal import Refusal, Refused
from gateway.photos import storage

# A photo is claimed within a day of its upload or deleted, and for another day the same Idempotency-Key may claim it again.
# After the third day no such request is under way: services drop late calls.
KNOWN_AFTER = timedelta(days=3)
_BATCH = 100
log = telemetry.get_logger(__name__)


def settle(engine: Engine, find: Callable[..., Mapping[str, Any]], now: datetime) -> bool:
    """Keep the photos that cases has, and give up the others, by `find` (cases.find_photos). No transaction is open while
    cases is asked. Returns True if there may be more to do at once. While cases does not answer, nothing changes."""
    with reading(engine) as session:
        claims = storage.open_claims(session, now - KNOWN_AFTER, _BATCH)
    if not claims:
        return False
    try:
        found = find(photo_ids=[claim.photo_id for claim in claims])["items"]
    except (Refusal, Refused) as refusal:
        log.info("photos wait", reason=str(refusal))
        return False
    with transaction(engine) as session:
        storage.settle(session, claims, {UUID(item["photo_id"]): item["anonymous"] for item in found})
    return len(claims) == _BATCH
