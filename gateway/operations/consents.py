"""Privacy notices and consents, for the API and the pages."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.database.engine import reading
from chassis.rpc.refusal import NotFound
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.consents import use_cases
from gateway.consents.models import Asked, Consent, WithdrawnConsent
from gateway.directory import storage
from gateway.directory.models import is_id
from gateway.http import consent, current, idempotency


def read_notice(community_id: str, version: int) -> dict[str, Any]:
    """A version of a community's privacy notice, also an earlier one. Raises NotFound."""
    with reading(current.database()) as session:
        found = storage.find_notice(session, community_id, version) if is_id(community_id) and version < 2**31 else None
    if found is None or not found.notice:
        raise NotFound()
    return {
        "community_id": found.community_id,
        "version": found.version,
        "notice": found.notice,
        "published_at": found.published_at.isoformat(),
    }


def asked_of(account: Account, agreed: int | None = None) -> dict[str, Any] | None:
    """What the owner of the account is asked, as JSON. `agreed` is the version that they have agreed to; None: look it up."""
    if account.party != "resident":
        return None
    if agreed is None:
        with current.accounts().reading() as call:
            own = [one.version for one in use_cases.list_of(call, account.id) if one.notice_community == account.community_id]
        agreed = max(own, default=0)
    return as_json(consent.asked_of(account.community_id, agreed))


def as_json(asked: Asked | None) -> dict[str, Any] | None:
    if asked is None:
        return None
    return {
        "community_id": asked.community_id,
        "version": asked.version,
        "changed": asked.changed,
        "needed": asked.needed,
    }


def list_own() -> list[dict[str, Any]]:
    """The consents of the acting account, as list_of. Raises Unauthenticated."""
    return list_of(UUID(current.identity().signed_in()))


def list_of(account_id: UUID) -> list[dict[str, Any]]:
    """The consents of an account that the caller may see: those that count, then those taken back, each the newest first."""
    with current.accounts().reading() as call:
        return all_of(call, account_id)


def all_of(call: AccountCall, account_id: UUID) -> list[dict[str, Any]]:
    given = [answer(one) for one in use_cases.list_of(call, account_id)]
    return given + [answer(one) for one in use_cases.withdrawn_of(call, account_id)]


def agree(version: int, given_by: str = "self") -> dict[str, Any]:
    """The acting account agrees. Raises Unauthenticated, NoNotice, InvalidField."""

    def work(session: Session) -> dict[str, Any]:
        return answer(use_cases.agree(current.accounts().within(session), version=version, given_by=given_by))

    return idempotency.once(work)


def record(account_id: UUID, version: int, given_by: str = "self") -> dict[str, Any]:
    """A resident has told staff that they agree. Raises NotFound, NoNotice, InvalidField."""

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        return answer(use_cases.record(call, account_id, version=version, given_by=given_by))

    return idempotency.once(work)


def withdraw() -> None:
    """The acting resident takes back all their consents. Raises Unauthenticated, ConsentNotGiven."""

    with current.accounts().transaction() as call:
        use_cases.withdraw(call)


def record_withdrawal(account_id: UUID) -> None:
    """A resident has told staff that they take back their consents. Raises NotFound, ConsentNotGiven."""

    with current.accounts().transaction() as call:
        use_cases.record_withdrawal(call, account_id)


def answer(one: Consent | WithdrawnConsent) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "community_id": one.notice_community,
        "version": one.version,
        "given_by": one.given_by,
        "by_voice": one.recorded_by is not None,
        "agreed_at": one.agreed_at.isoformat(),
        "withdrawn_at": one.withdrawn_at.isoformat() if isinstance(one, WithdrawnConsent) else None,
    }
