"""The first argument of this package's functions: database, personal fields, acting account and time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from gateway.accounts import search_index
from gateway.accounts.admission import Admission
from gateway.accounts.personal import PersonalFields


def _nobody_remembers(session: Session) -> None:
    """The default of `on_access_change`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The accounts, for one request.

    `now` is aware, in UTC. `community_id` is the community that the request is about, if there is one; new residents belong to
    it. `session_id` is the sign-in session of the request, if it has one; `client` is what its client is known by, and
    `user_agent` what it says it is.
    `operation` and `correlation_id` identify the request in the log of reveals. `on_access_change(session)` is called in every
    transaction that changes who is signed in or what they may do.
    """

    database: Engine
    personal: PersonalFields
    now: datetime
    community_id: str | None
    admission: Admission = field(default_factory=Admission)
    acting: Identity = ANONYMOUS
    language: str = "zh-CN"
    session_id: UUID | None = None
    client: str = ""
    user_agent: str | None = None
    operation: str = ""
    correlation_id: str = ""
    on_access_change: Callable[[Session], None] = _nobody_remembers

    @contextmanager
    def transaction(self) -> Iterator["AccountCall"]:
        """A call in one transaction: committed at the end of the block, rolled back if it raises."""
        with transaction(self.database) as session:
            yield self.within(session)

    @contextmanager
    def reading(self) -> Iterator["AccountCall"]:
        """A call for reads. Each statement sees what is committed when it starts."""
        with reading(self.database) as session:
            yield self.within(session)

    def within(self, session: Session) -> "AccountCall":
        """A call in a transaction that the caller has begun and commits."""
        community_id = self.acting.community_id or self.community_id
        communities = DISTRICT if community_id is None else Communities.only(community_id)
        search_index.follow(session, self.personal)
        return AccountCall(session, self.now, self.acting, self.language, communities, accounts=self)


@dataclass(frozen=True, slots=True)
class AccountCall(Call):
    """One transaction of `accounts`."""

    accounts: Accounts = field(kw_only=True)

    @property
    def personal(self) -> PersonalFields:
        return self.accounts.personal

    @property
    def admission(self) -> Admission:
        return self.accounts.admission

    def access_changed(self) -> None:
        """Call this if the transaction changes who is signed in or what they may do. Caches of sessions are cleared when it is
        committed."""
        self.accounts.on_access_change(self.session)
