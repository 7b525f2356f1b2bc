"""Record, withdraw and list consents."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from chassis.messaging import outbox
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.accounts import subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.audit import recording
from gateway.consents import messages
from gateway.consents.models import Consent, WithdrawnConsent, surely_needs_guardian
from gateway.directory import storage
from gateway.refusals.own_data import ConsentNotGiven, NoNotice

# So many withdrawn consents are shown. All are kept.
MOST_WITHDRAWN: Final = 100
_KEPT: Final = ("id", "account_id", "notice_community", "version", "given_by", "recorded_by", "agreed_at")
NOT_IN_FORCE = Rule(
    "not_in_force", "This is not the version in force; read the notice again.", "这不是当前版本，请重新阅读隐私声明。"
)
GUARDIAN_NEEDED = Rule("guardian_needed", "Under 14 years, a guardian must agree.", "未满 14 周岁，须由监护人同意。")


def agree(call: AccountCall, *, version: int, given_by: str = "self") -> Consent:
    """The acting account agrees to `version` of its community's notice, which must be the one in force. A second time changes
    nothing. Raises Unauthenticated, NoNotice, InvalidField."""
    account = _lock_own(call)
    return _record(call, account, version, given_by, recorded_by=None)


def record(call: AccountCall, account_id: UUID, *, version: int, given_by: str = "self") -> Consent:
    """A resident within reach has told the acting member of staff that they agree. Raises NotFound, NoNotice, InvalidField."""
    account = _lock_resident(call, account_id)
    return _record(call, account, version, given_by, recorded_by=UUID(call.acting.signed_in()))


def withdraw(call: AccountCall) -> None:
    """The acting resident takes back all consents of their account. What was done before stays lawful. The sessions stay, but
    can do only what is possible before a consent. Raises Unauthenticated, ConsentNotGiven."""
    _withdraw(call, _lock_own(call), recorded_by=None)


def record_withdrawal(call: AccountCall, account_id: UUID) -> None:
    """A resident within reach has told the acting member of staff that they take back their consents. Logged. Raises NotFound,
    ConsentNotGiven."""
    account = _lock_resident(call, account_id)
    _withdraw(call, account, recorded_by=UUID(call.acting.signed_in()))
    recording.record(
        call,
        kind="resident",
        subject_id=account.id,
        label="",
        action="consent_withdrawn",
        communities=Communities.only(account.community_id),
    )


def list_of(call: AccountCall, account_id: UUID) -> Sequence[Consent]:
    """The account's consents that count, the newest first. There is at most one for each version of a notice."""
    found = select(Consent).where(Consent.account_id == account_id).order_by(Consent.agreed_at.desc(), Consent.id.desc())
    return call.session.scalars(found).all()


def withdrawn_of(call: AccountCall, account_id: UUID) -> Sequence[WithdrawnConsent]:
    """The consents that the account has taken back, the latest withdrawal first, at most MOST_WITHDRAWN."""
    order = (WithdrawnConsent.withdrawn_at.desc(), WithdrawnConsent.id.desc())
    found = select(WithdrawnConsent).where(WithdrawnConsent.account_id == account_id).order_by(*order)
    return call.session.scalars(found.limit(MOST_WITHDRAWN)).all()


def _lock_own(call: AccountCall) -> Account:
    """Locked, so that a consent and a withdrawal at the same time come one after the other."""
    return call.session.get_one(Account, UUID(call.acting.signed_in()), with_for_update=True)


def _lock_resident(call: AccountCall, account_id: UUID) -> Account:
    found = select(Account).where(Account.id == account_id, subjects.is_resident(call)).with_for_update()
    if (account := call.session.scalar(found)) is None:
        raise NotFound()
    return account


def _withdraw(call: AccountCall, account: Account, *, recorded_by: UUID | None) -> None:
    """The caller has locked the account. The rows move, so that whoever reads `consent` sees only what counts."""
    given = call.session.scalars(select(Consent).where(Consent.account_id == account.id)).all()
    if not given:
        raise ConsentNotGiven()
    for one in given:
        kept = {name: getattr(one, name) for name in _KEPT}
        call.session.add(WithdrawnConsent(**kept, withdrawn_at=call.now, withdrawal_recorded_by=recorded_by))
    call.session.execute(delete(Consent).where(Consent.account_id == account.id))
    account.changed()
    outbox.add(call.session, messages.withdrawn(account, call.now, by="staff" if recorded_by else "resident"))
    call.access_changed()


def _record(call: AccountCall, account: Account, version: int, given_by: str, *, recorded_by: UUID | None) -> Consent:
    community = storage.find_community(call.session, account.community_id)
    if community is None or not community.privacy_notice:
        raise NoNotice()
    if version != community.privacy_version:
        raise InvalidField(NOT_IN_FORCE, "version")
    if given_by == "self" and surely_needs_guardian(account.birth_year, call.now):
        raise InvalidField(GUARDIAN_NEEDED, "given_by")
    key = {"account_id": account.id, "notice_community": community.id, "version": version}
    row = {"id": uuid7(), "given_by": given_by, "recorded_by": recorded_by, "agreed_at": call.now}
    call.session.execute(insert(Consent).values({**key, **row}).on_conflict_do_nothing(constraint="consent_once"))
    call.access_changed()
    return call.session.scalars(select(Consent).filter_by(**key)).one()
