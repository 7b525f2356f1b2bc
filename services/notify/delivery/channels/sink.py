"""The demo's SMS provider: it stores text messages in a table instead of sending them."""

from sqlalchemy import Engine

from chassis.database.engine import transaction
from services.notify.delivery.channels.sms import Sms
from services.notify.delivery.storage import insert_sink_message


class Sink:
    """Accepts everything. An SMS that comes again with the same id is stored once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def send(self, sms: Sms) -> str | None:
        with transaction(self._engine) as session:
            insert_sink_message(session, sms.id, sms.phone, sms.text)
        return f"sink:{sms.id}"
