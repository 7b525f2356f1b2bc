"""How a notification travels: the status machine of everything that leaves through a channel.

| state     | meaning                                               | step → next state                       |
|-----------|-------------------------------------------------------|-----------------------------------------|
| queued    | waits for its `next_attempt_at`                       | lease → sending · cancel → cancelled    |
| sending   | one sender talks to the provider until `lease_until`  | deliver → delivered · retry → queued ·  |
|           |                                                       | fail → failed · lose → unknown          |
| delivered | the provider took it (in-app: it is in the inbox)     | final                                   |
| failed    | refused for good, or tried often enough               | final                                   |
| unknown   | the provider may have taken it: never sent again      | the late answer of that very attempt:   |
|           |                                                       | deliver → delivered · fail → failed     |
| cancelled | nowhere to send it any more, or too late to be of use | final                                   |
"""

from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Mapped, mapped_column

TRANSITIONS: Final[dict[str, dict[str, str]]] = {
    "queued": {"lease": "sending", "cancel": "cancelled"},
    "sending": {"deliver": "delivered", "retry": "queued", "fail": "failed", "lose": "unknown"},
    "delivered": {},
    "failed": {},
    "unknown": {"deliver": "delivered", "fail": "failed"},
    "cancelled": {},
}
STATES: Final = tuple(TRANSITIONS)
SETTLED: Final = frozenset(STATES) - {"queued", "sending"}

# Waits between attempts; the last attempt is about 23 hours after the first.
RETRY_AFTER: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
LONGEST_WAY: Final = list(accumulate(RETRY_AFTER))[-1]
JITTER: Final = 0.25  # each wait is stretched by up to a quarter, so that an outage does not end in a stampede
LEASE: Final = timedelta(minutes=3)  # longer than any channel may talk to its provider (channels.Channel.send)


class WrongState(Exception):
    """A step that the status machine does not have from this state: a bug, not a refusal."""


class Delivery:
    """Columns and steps of the way out; mixed into an aggregate, which counts every step as a change."""

    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    urgent: Mapped[bool] = mapped_column(default=False, server_default="false")
    # Subject, text and, where there is no contact point, the address: encrypted, and gone once the way has ended.
    sealed: Mapped[bytes | None]
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    provider_reference: Mapped[str | None]
    settled_at: Mapped[datetime | None]

    if TYPE_CHECKING:

        def changed(self) -> None: ...  # the aggregate's

    def lease(self, now: datetime) -> None:
        """One sender takes it; whoever finds the lease run out must assume that the provider has it."""
        self._step("lease")
        self.attempts += 1
        self.lease_until = now + LEASE
        self.next_attempt_at = None

    def deliver(self, now: datetime, reference: str | None = None) -> None:
        self._step("deliver")
        self._settle(now, reason=None, detail=None)
        self.provider_reference = reference

    def fail(self, now: datetime, reason: str, detail: str) -> None:
        """`reason` is `rejected` or `gave_up`; `detail` a provider's code without any address in it."""
        self._step("fail")
        self._settle(now, reason=reason, detail=detail)

    def lose(self, now: datetime, detail: str) -> None:
        """The answer is lost: the provider may or may not have taken it."""
        self._step("lose")
        self._settle(now, reason="unknown", detail=detail)

    def cancel(self, now: datetime, detail: str) -> None:
        self._step("cancel")
        self._settle(now, reason=None, detail=detail)

    def try_again(self, now: datetime, detail: str, *, luck: float, at_least: timedelta = timedelta()) -> None:
        """Back into the queue after the wait of this attempt, or failed after the last one. `luck` in [0, 1) spreads
        the wait; `at_least` is how long the provider asked for."""
        if self.state == "unknown" or self.attempts > len(RETRY_AFTER):
            self.fail(now, "gave_up", detail)
            return
        wait = max(RETRY_AFTER[self.attempts - 1], at_least) * (1 + JITTER * luck)
        if self.expires_at is not None and now + wait >= self.expires_at:
            self.fail(now, "gave_up", detail)
            return
        self._step("retry")
        self.next_attempt_at = now + wait
        self.lease_until = None
        self.detail = detail

    def is_too_late(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at

    def _step(self, step: str) -> None:
        try:
            self.state = TRANSITIONS[self.state][step]
        except KeyError:
            raise WrongState(f"{step} from {self.state}") from None
        self.changed()

    def _settle(self, now: datetime, *, reason: str | None, detail: str | None) -> None:
        self.settled_at = now
        self.lease_until = self.next_attempt_at = None
        self.sealed = None
        self.reason, self.detail = reason, detail
