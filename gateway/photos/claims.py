"""Photos of reports without an answer. After some days, cases is asked which of them belong to a case.

If the answer to a report is lost (cases down, a timeout, a kill of this process), the case may exist. So its photos stay
claimed. If they were released, a second report could use them, or they could be deleted and would be missing in the case.
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

# A photo that is not claimed within a day of its upload is deleted. For another day the same Idempotency-Key may claim it
# again. After the third day no such request can be running, because services drop late calls.
KNOWN_AFTER = timedelta(days=3)
_BATCH = 100
log = telemetry.get_logger(__name__)


def settle(engine: Engine, find: Callable[..., Mapping[str, Any]], now: datetime) -> bool:
    """Keep the photos that belong to a case, and give up the others. `find` is cases.find_photos. No transaction is open during
    this call. Returns True if the next round should follow at once. While cases does not answer, nothing changes."""
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
