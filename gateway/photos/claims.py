"""Photos of reports that were never answered: cases is asked, days later, which of them it has.

When the answer to a report is lost (cases away, a timeout, a crash here), the case may be there all the same. So its
photos stay claimed: given back, they could be used in a second report, or lapse and leave the case without them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from chassis.database.engine import transaction
from chassis.observability import telemetry
from chassis.rpc.refusal import Refusal, Refused
from gateway.photos import store

# A photo is claimed within a day of its upload or lapses, and for a day more the same Idempotency-Key may claim it again.
# After the third nothing is under way: late calls are not worked on.
KNOWN_AFTER = timedelta(days=3)
_BATCH = 100
log = telemetry.get_logger(__name__)


def settle(engine: Engine, find: Callable[..., Mapping[str, Any]], now: datetime) -> bool:
    """Keep what cases has, and delete what it has not, by `find` (cases.find_photos). Returns whether there may be more
    to do at once; while cases does not answer, everything stays as it is."""
    with transaction(engine) as session:
        photo_ids = store.unanswered(session, now - KNOWN_AFTER, _BATCH)
        if not photo_ids:
            return False
        try:
            found = find(photo_ids=photo_ids)["items"]
        except (Refusal, Refused) as refusal:
            log.info("photos wait", reason=str(refusal))
            return False
        store.settle(session, photo_ids, {UUID(item["photo_id"]): item["anonymous"] for item in found})
    return len(photo_ids) == _BATCH
