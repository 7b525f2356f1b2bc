"""The state machine of notifications that leave by e-mail or SMS.

| state     | meaning                                             | step → next state                              |
|-----------|-----------------------------------------------------|------------------------------------------------|
| queued    | waits until `next_attempt_at`                       | lease → sending · cancel → cancelled           |
| sending   | a sender talks to the provider until `lease_until`  | deliver → delivered · retry → queued ·         |
|           |                                                     | fail → failed · lose → unknown                 |
| delivered | the provider accepted it (in-app: it is stored)     | final                                          |
| failed    | rejected for good, or all attempts failed           | final                                          |
| unknown   | the provider may have accepted it: never sent again | if the answer to that attempt arrives late:    |
|           |                                                     | deliver → delivered · fail → failed            |
| cancelled | it has no address any more, or has expired          | final                                          |
"""

from datetime import datetime, timedelta
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
JITTER: Final = 0.25  # each wait grows by a random part of up to a quarter, so that not everything is retried at once
LEASE: Final = timedelta(minutes=3)  # longer than a channel may talk to its provider (delivery.channels.Channel.send)


class WrongState(Exception):
    """The state machine has no such step from this state. This is a bug, not a refusal."""


class DeliveryStatus:
    """Columns and steps of the state machine: a mixin for an aggregate. Every step counts as a change of the aggregate."""

    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    urgent: Mapped[bool] = mapped_column(default=False, server_default="false")
    # Encrypted: title, text and, if there is no contact point, the address. Set to NULL when the state becomes final.
    sealed: Mapped[bytes | None]
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    provider_reference: Mapped[str | None]
    settled_at: Mapped[datetime | None]

    if TYPE_CHECKING:

        def changed(self) -> None: ...  # from Aggregate

    def lease(self, now: datetime) -> None:
        """Start an attempt. If the lease expires, the provider may or may not have accepted the message."""
        self._step("lease")
        self.attempts += 1
        self.lease_until = now + LEASE
        self.next_attempt_at = None

    def deliver(self, now: datetime, reference: str | None = None) -> None:
        """The provider accepted it. `reference` is the provider's own id, if it gave one."""
        self._step("deliver")
        self._settle(now, reason=None, detail=None)
        self.provider_reference = reference

    def fail(self, now: datetime, reason: str, detail: str) -> None:
        """`reason` is `rejected` or `gave_up`. `detail` is a provider's code; it must not contain an address."""
        self._step("fail")
        self._settle(now, reason=reason, detail=detail)

    def lose(self, now: datetime, detail: str) -> None:
        """The answer is lost: the provider may or may not have accepted it."""
        self._step("lose")
        self._settle(now, reason="unknown", detail=detail)

    def cancel(self, now: datetime, detail: str) -> None:
        """Do not send it. `detail` says why."""
        self._step("cancel")
        self._settle(now, reason=None, detail=detail)

    def try_again(self, now: datetime, detail: str, *, luck: float, at_least: timedelta = timedelta()) -> None:
        """Queue it again after this attempt's wait. It fails if this was the last attempt, if the wait would end after
        `expires_at`, or if it is `unknown`. `luck` in [0, 1) chooses the jitter. `at_least` is the wait that the provider
        asked for."""
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

    def has_expired(self, now: datetime) -> bool:
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
