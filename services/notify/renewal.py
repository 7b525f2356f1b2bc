"""What `linli renew` does in notify's database."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine

from chassis.database.engine import transaction
from services.notify import upkeep


def renew(engine: Engine, now: datetime) -> Iterator[int]:
    """Renew all addresses of older keys. Yields the number of each batch, which is a transaction of its own."""
    while True:
        with transaction(engine) as session:
            count = upkeep.renew_addresses(session, now)
        if not count:
            return
        yield count
