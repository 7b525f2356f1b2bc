"""What an entrypoint hands to a use case."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Call:
    """The transaction, who acts, in which language they read, and when. `now` is aware, in UTC."""

    session: Session
    now: datetime
    acting: Identity = ANONYMOUS
    language: str = "zh-CN"


class Unavailable(Refusal):
    """A service, or its database, cannot be reached or took too long; whether anything was written is not known
    unless the request carried an Idempotency-Key and is repeated."""

    code = "service_unavailable"
    kind = "unavailable"
    en = "The service cannot answer right now; please try again in a moment."
    zh = "服务暂时不可用，请稍后再试。"
