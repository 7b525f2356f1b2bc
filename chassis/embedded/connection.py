"""One client of the embedded broker: its channels, and the deliveries that it has not processed yet.

A delivery, `wake` or `close` wakes a consumer that waits here. Nothing polls.
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from amqp.exceptions import RecoverableConnectionError

from chassis.embedded.broker import Broker
from chassis.embedded.queue import Consumer, Stored

HandOver = Callable[[Consumer, Stored], None]
MAX_TURN = 32  # deliveries in a row, before other greenlets run


class Closable(Protocol):
    """What a connection needs of its channels."""

    def close(self) -> None: ...


class Delivery(NamedTuple):
    """`hand_over` calls the consumer's callback with the message."""

    consumer: Consumer
    message: Stored
    hand_over: HandOver


class Connection:
    """The transport opens connections and creates their channels."""

    def __init__(self, broker: Broker, client: Any) -> None:
        self.broker = broker
        self.client = client  # kombu keeps its cache of declared entities there
        self.channels: set[Closable] = set()
        self.connected = True
        self._channel_ids = itertools.count(1)
        self._deliveries: deque[Delivery] = deque()
        self._bell = threading.Condition(threading.Lock())
        self._woken = False
        self._in_a_row = 0

    def next_channel_id(self) -> int:
        """Raises RecoverableConnectionError if the connection is closed."""
        if not self.connected:
            raise RecoverableConnectionError("connection is closed")
        return next(self._channel_ids)

    def push(self, consumer: Consumer, message: Stored, hand_over: HandOver) -> None:
        """Queue a delivery for `drain_events`."""
        with self._bell:
            self._deliveries.append(Delivery(consumer, message, hand_over))
            self._bell.notify()

    def reclaim(self, consumer: Consumer) -> list[Stored]:
        """Remove and return the messages that were pushed for `consumer` and not drained."""
        with self._bell:
            mine = [delivery.message for delivery in self._deliveries if delivery.consumer is consumer]
            self._deliveries = deque(delivery for delivery in self._deliveries if delivery.consumer is not consumer)
        return mine

    def wake(self) -> None:
        """End the wait in `drain_events`, the present one or the next one, with TimeoutError."""
        with self._bell:
            self._woken = True
            self._bell.notify_all()

    def drain_events(self, timeout: float | None = None) -> None:
        """Wait for one delivery and run its callback. Raises TimeoutError after `timeout` seconds; None means no limit. `wake`
        also causes TimeoutError. Raises RecoverableConnectionError if the connection is closed."""
        with self._bell:
            waited = not self._deliveries
            if waited:
                self._bell.wait_for(lambda: self._deliveries or self._woken or not self.connected, timeout)
                self._woken = False
            if not self._deliveries:
                if not self.connected:
                    raise RecoverableConnectionError("connection is closed")
                raise TimeoutError("nothing was delivered")
            delivery = self._deliveries.popleft()
        self._take_turns(waited)
        delivery.hand_over(delivery.consumer, delivery.message)

    def _take_turns(self, waited: bool) -> None:
        """A consumer that drains a full queue in a loop must let other greenlets run. Deliveries that came together are handed
        over together, so that a consumer can handle them together."""
        self._in_a_row = 0 if waited else self._in_a_row + 1
        if self._in_a_row >= MAX_TURN:
            self._in_a_row = 0
            time.sleep(0)

    def close(self) -> None:
        """Close the channels. Unsettled messages return to their queues. Exclusive queues are deleted."""
        if not self.connected:
            return
        self.connected = False
        for channel in list(self.channels):
            channel.close()
        self.broker.forget_owner(self)
        with self._bell:
            self._bell.notify_all()
