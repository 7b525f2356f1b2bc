"""What `linli renew` does in booking's database."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine

from chassis.database.engine import transaction
from services.booking.locks import renewing


def renew(engine: Engine, now: datetime) -> Iterator[int]:
    """Renew all door codes of older keys. Yields the number of each batch, which is a transaction of its own."""
    while True:
        with transaction(engine) as session:
            count = renewing.renew_codes(session)
        if not count:
            return
        yield count
