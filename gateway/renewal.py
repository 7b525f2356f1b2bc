"""What `linli renew` does in the gateway's database."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine

from chassis.config import settings
from chassis.database.engine import transaction
from gateway.accounts import rotation
from gateway.accounts.personal import PersonalFields
from gateway.systems import upkeep as systems


def renew(engine: Engine, now: datetime) -> Iterator[int]:
    """Renew all accounts, households and systems of older keys. Yields the number of each batch, which is a transaction of its
    own."""
    config = settings()
    personal = PersonalFields(config.encryption_keys, config.index_keys)
    yield from rotation.batches(engine, personal)
    while True:
        with transaction(engine) as session:
            count = systems.renew(session, personal)
        if not count:
            return
        yield count
