"""The first argument of every use case."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Call:
    """The context of one call: its transaction, the acting identity, the reader's language, the time and the communities that
    the caller looks at. `now` is aware and in UTC."""

    session: Session
    now: datetime
    acting: Identity = ANONYMOUS
    language: str = "zh-CN"
    communities: Communities = DISTRICT

    @property
    def community_id(self) -> str:
        """The one community that the caller looks at. Raises InvalidField if there are several."""
        return self.communities.one()


class Unavailable(Refusal):
    """A service or its database cannot be reached, or took too long. The caller does not know whether anything was written.
    If the request carried an Idempotency-Key, sending it again is safe and gives the answer."""

    code = "service_unavailable"
    kind = "unavailable"
    en = "The service cannot answer right now; please try again in a moment."
    zh = "服务暂时不可用，请稍后再试。"


class NotSent(Unavailable):
    """The call was not sent. So nothing was written."""


class Outdated(Unavailable):
    """What the call was decided on has changed meanwhile, and nothing was written. `run_once` runs the call again, and answers
    this refusal only after several attempts."""
