"""The demo's SMS provider: what would go to a phone is kept in a table."""

from sqlalchemy import Engine, func
from sqlalchemy.dialects.postgresql import insert

from chassis.database import crypto
from chassis.database.engine import transaction
from services.notify.channels.sms import Sms
from services.notify.models import SinkMessage


class Sink:
    """Takes everything, once: an SMS that comes again under the same id is the same."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def send(self, sms: Sms) -> str | None:
        row = {
            "id": sms.id,
            "phone": crypto.encrypt(sms.phone.encode()),
            "phone_index": crypto.fingerprint(sms.phone),
            "body": crypto.encrypt(sms.text.encode()),
            "sent_at": func.clock_timestamp(),
        }
        with transaction(self._engine) as session:
            session.execute(insert(SinkMessage).values(row).on_conflict_do_nothing())
        return f"sink:{sms.id}"
