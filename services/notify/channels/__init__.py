"""The ways out of the platform, behind one interface, and what their answers mean.

A channel's `send` returns when the other side has taken the message, and otherwise raises:

* `TryAgain`: it was certainly not taken, and may be later (a passing failure, or one of our own set-up);
* `Rejected`: it was refused for good;
* anything else, `AnswerLost` above all: it may have been taken, so it must not be sent again.
"""

from datetime import timedelta
from typing import Protocol

from services.notify.outgoing import Parcel


class Channel(Protocol):
    name: str

    def send(self, parcel: Parcel) -> str | None:
        """Hand one message over, within less than the lease (models.delivery.LEASE). Returns the provider's own
        reference, if it gives one."""


class NotTaken(Exception):
    """`detail` is a short code for operators; never an address, never the text."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TryAgain(NotTaken):
    """`after`: how long the provider asks us to wait."""

    def __init__(self, detail: str, after: timedelta = timedelta()) -> None:
        super().__init__(detail)
        self.after = after


class Rejected(NotTaken):
    pass


class AnswerLost(Exception):
    """The message was handed over and the answer did not come. `detail` as in NotTaken."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
