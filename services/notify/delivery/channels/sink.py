"""The demo's SMS provider: it stores text messages in a table instead of sending them."""

from sqlalchemy import Engine

from chassis.database.engine import transaction
from chassis.observability import terminal
from services.notify.delivery.channels.sms import Sms
from services.notify.delivery.storage import insert_sink_message

CODE = "code"  # a variable of the texts with a one-time code


class Sink:
    """Accepts everything, and tells codes on the terminal of `linli up`, so that the demo's operator can sign in with any
    phone. An SMS that comes again with the same id is stored once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def send(self, sms: Sms) -> str | None:
        with transaction(self._engine) as session:
            insert_sink_message(session, sms.id, sms.phone, sms.text)
        if CODE in sms.variables:
            terminal.tell(f"{sms.phone}: {sms.text}")
        return f"sink:{sms.id}"
