"""Exchanges and queues that outlive the process. A deployment declares them (`linli topology`, or the broker's definitions). A
process that uses one first looks whether it is there, and declares it only if it is missing. So a process needs no right to
declare it, and a user without that right cannot delete it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import amqp
from amqp.exceptions import NotFound
from kombu import Exchange, Queue

# kombu has signatures for some of its functions and none for others, so all of it is Any here.
_Exchange: Any = Exchange
_Queue: Any = Queue


class LastingExchange(_Exchange):  # type: ignore[misc]  # see above
    def declare(self, nowait: bool = False, passive: bool | None = None, channel: Any = None) -> Any:
        """Declare the exchange if it is missing."""
        channel = channel or self.channel
        if passive or not self.is_there(channel):
            return super().declare(nowait=nowait, passive=passive, channel=channel)
        return None

    def declare_again(self, channel: Any) -> None:
        """Declare the exchange also if it is there. Raises PreconditionFailed if it is there in another form."""
        super().declare(channel=channel)

    def is_there(self, channel: Any) -> bool:
        return _finds(channel, lambda probe: probe.exchange_declare(self.name, self.type, passive=True))


class LastingQueue(_Queue):  # type: ignore[misc]  # see above
    def queue_declare(self, nowait: bool = False, passive: bool = False, channel: Any = None) -> Any:
        """Declare the queue if it is missing."""
        channel = channel or self.channel
        if passive or not _finds(channel, lambda probe: probe.queue_declare(self.name, passive=True)):
            return super().queue_declare(nowait=nowait, passive=passive, channel=channel)
        return self.name

    def declare_again(self, channel: Any) -> None:
        """Declare the queue, its exchanges and its bindings also if they are there. Raises PreconditionFailed if the queue is
        there with other arguments."""
        for exchange in {self.exchange, *(bound.exchange for bound in self.bindings)}:
            if isinstance(exchange, LastingExchange):
                exchange.declare_again(channel)
        super().queue_declare(channel=channel)
        if self.exchange and self.exchange.name:
            self.queue_bind(channel=channel)
        for bound in self.bindings:
            bound.bind(self, channel=channel)


def _finds(channel: Any, look: Callable[[Any], Any]) -> bool:
    """True if `look` finds something on a channel of its own: the broker closes a channel on which nothing is found. Inside the
    process it is always False: there a look costs as much as a declaration."""
    if not isinstance(channel, amqp.Channel):
        return False
    probe = channel.connection.channel()
    try:
        look(probe)
    except NotFound:
        return False
    finally:
        with suppress(Exception):
            probe.close()
    return True
