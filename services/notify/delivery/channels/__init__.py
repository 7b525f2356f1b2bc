"""The interface of a channel, and what the outcomes of `send` mean.

`send` returns when the provider has accepted the message. Otherwise it raises:

* `TryAgain`: the message was certainly not accepted, and a later attempt may succeed. The cause is temporary, or is our own
  configuration.
* `Rejected`: the provider refuses the message for good.
* Anything else, usually `AnswerLost`: the provider may have accepted it, so it must not be sent again.
"""

from datetime import timedelta
from typing import Protocol

from services.notify.delivery.parcel import Parcel


class Channel(Protocol):
    name: str

    def send(self, parcel: Parcel) -> str | None:
        """Give one message to the provider, in less time than the lease (delivery_status.LEASE). Returns the provider's own
        reference, if it gives one."""


class NotTaken(Exception):
    """`detail` is a short code for operators. It must not contain an address or text of the message."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TryAgain(NotTaken):
    """`after` is how long the provider asks us to wait."""

    def __init__(self, detail: str, after: timedelta = timedelta()) -> None:
        super().__init__(detail)
        self.after = after


class Rejected(NotTaken):
    pass


class AnswerLost(Exception):
    """The message was sent and the answer did not arrive. `detail` as in NotTaken."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
