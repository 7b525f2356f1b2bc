"""Notices an alarm of the broker (chassis.messaging.alarm) in a process that publishes nothing at the time.

The broker says that it takes no messages only to a connection that publishes. So the watch publishes a message to nobody every
second, on a connection of its own. The broker drops it, because no queue is bound with its routing key.
"""

import threading
from contextlib import suppress

from chassis.messaging import alarm, broker
from chassis.messaging.envelope import Envelope
from chassis.messaging.publish import send
from chassis.observability import telemetry

log = telemetry.get_logger(__name__)
PROBE_EVERY = 1.0  # seconds
_TO_NOBODY = Envelope(exchange=broker.RPC.name, routing_key="nobody", body=b"", headers={}, mandatory=False)


class Watch:
    """Watches from a thread of its own, from `start` to `stop`. While the broker cannot be reached, nothing is known of an
    alarm; the readiness check of the broker reports that."""

    def __init__(self) -> None:
        self._line = alarm.Line()
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="alarm", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._watch()
            except Exception as error:
                log.debug("the broker cannot be watched", error=f"{type(error).__name__}: {error}")
            self._line.clear()
            self._stopped.wait(PROBE_EVERY)

    def _watch(self) -> None:
        connection = broker.connected(**self._line.options)
        try:
            channel = connection.channel()
            broker.RPC.bind(channel).declare()
            while not self._stopped.is_set():
                if not self._line.blocked:
                    send(channel, _TO_NOBODY)
                with suppress(TimeoutError):
                    connection.drain_events(timeout=PROBE_EVERY)
                connection.heartbeat_check()
        finally:
            with suppress(Exception):
                connection.collect()  # a blocked connection has no answer to a polite close
