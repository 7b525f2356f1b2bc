"""Say who does whose work during leave, end it early, and list it.

A substitute sees the cases of the colleague, takes their steps, and hears the messages about new ones. That needs the
colleague's roles, in all communities in which the colleague works. Substitutes have no substitutes: chains and cycles are
refused.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select

from chassis.messaging import outbox
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import NOT_IN_ORDER, Rule
from gateway.accounts import names, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.accounts.reach import works_within
from gateway.audit import recording
from gateway.refusals.staff import SubstituteChain, SubstitutedAlready, WorksElsewhere
from gateway.substitutes.messages import substitution_arranged
from gateway.substitutes.models import Substitution

ROLES: Final = frozenset({"handler", "mediator", "grid_worker"})  # whose work can be done by a substitute
LONGEST: Final = timedelta(days=366)
MOST: Final = 100  # that are listed for a person, the newest first
NOTHING_TO_DO = Rule(
    "nothing_to_take_over",
    "Only handlers, mediators and grid workers can have a substitute.",
    "只有承办人、调解员和网格员可以设代办人。",
)
NO_SUBSTITUTE = Rule("unknown_substitute", "Nobody who works here has this id.", "没有这位同事，或其账户不可用。")
LACKS_ROLE = Rule(
    "substitute_lacks_role", "The substitute needs the same roles.", "代办人须有相同的角色（承办人、调解员、网格员）。"
)
LACKS_REACH = Rule(
    "substitute_works_elsewhere",
    "The substitute does not work in all communities of the person on leave.",
    "代办人不在请假人的全部社区工作。",
)
IN_THE_PAST = Rule("in_the_past", "This time is over.", "该时间已过。")
TOO_LONG = Rule("leave_too_long", "At most a year.", "最长一年。")


def add(
    call: AccountCall, *, substitute_id: UUID, starts_at: datetime, ends_at: datetime, account_id: UUID | None = None
) -> Substitution:
    """Let `substitute_id` do the work of `account_id` (by default the acting account) from `starts_at` until `ends_at`. Both
    accounts are locked first, in the order of their ids, because the rules look at substitutions of both.

    Raises NotFound and WorksElsewhere for the account of somebody else whom the acting account may not change; InvalidField,
    SubstitutedAlready, SubstituteChain."""
    absent_id = account_id or UUID(call.acting.signed_in())
    _check_times(call, starts_at, ends_at)
    locked = _locked(call, absent_id, substitute_id)
    absent = _whose(call, locked, absent_id)
    _check_fits(call, absent, locked.get(substitute_id))
    _check_free(call, absent_id, substitute_id, starts_at, ends_at)
    substitution = Substitution(
        community_id=absent.community_id,
        account_id=absent_id,
        substitute_id=substitute_id,
        starts_at=starts_at.astimezone(UTC),
        ends_at=ends_at.astimezone(UTC),
        created_by=UUID(call.acting.signed_in()),
        created_at=call.now,
    )
    call.session.add(substitution)
    _announce(call, substitution, absent, locked[substitute_id], "created")
    return substitution


def end(call: AccountCall, substitution_id: UUID) -> Substitution:
    """End it now; one that has not begun is called off. For the person on leave and for admins who may change their account.
    Ending it twice changes nothing. Raises NotFound, WorksElsewhere."""
    substitution = call.session.get(Substitution, substitution_id)
    if substitution is None:
        raise NotFound()
    # The accounts are locked before the substitution, as in end_of_unfit.
    people = _locked(call, substitution.account_id, substitution.substitute_id)
    absent = _whose(call, people, substitution.account_id)
    call.session.refresh(substitution, with_for_update=True)
    if substitution.end(call.now):
        _announce(call, substitution, absent, people[substitution.substitute_id], "ended")
    return substitution


def end_of_unfit(call: AccountCall, substitute: Account) -> int:
    """End all substitutions, also coming ones, in which this account can no longer stand in: it was switched off, or has lost a
    role or a community that the work needs. The caller has locked the account. Returns how many ended."""
    mine = select(Substitution).where(Substitution.substitute_id == substitute.id, Substitution.ends_at > call.now)
    ended = 0
    for substitution in call.session.scalars(mine.order_by(Substitution.id).with_for_update()).all():
        absent = call.session.get_one(Account, substitution.account_id)
        fits = call.admission.admits(substitute) and _fits(absent, substitute)
        if not fits and substitution.end(call.now):
            _announce(call, substitution, absent, substitute, "ended", because="substitute_unfit")
            ended += 1
    return ended


def list_of(call: AccountCall, account_id: UUID | None = None) -> Sequence[Substitution]:
    """Those of a member of staff, as the person on leave or as the substitute, the newest first, MOST at most. Raises NotFound,
    WorksElsewhere."""
    person = account_id or UUID(call.acting.signed_in())
    _whose(call, _found(call, person), person)
    of_person = or_(Substitution.account_id == person, Substitution.substitute_id == person)
    newest = (Substitution.starts_at.desc(), Substitution.id)
    return call.session.scalars(select(Substitution).where(of_person).order_by(*newest).limit(MOST)).all()


def candidates(call: AccountCall, account_id: UUID | None = None) -> dict[UUID, str]:
    """Names by account id of the colleagues who may stand in for a member of staff. Raises NotFound, WorksElsewhere."""
    person = account_id or UUID(call.acting.signed_in())
    absent = _whose(call, _found(call, person), person)
    there = select(Account).where(Account.party == "staff", subjects.within_reach(call), works_within(absent.reach))
    fit = [one.id for one in call.session.scalars(there) if one.id != person and _fits(absent, one)]
    return names.names_of(call, fit)


def _check_times(call: AccountCall, starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise InvalidField(NOT_IN_ORDER, "ends_at", other="starts_at")
    if ends_at <= call.now:
        raise InvalidField(IN_THE_PAST, "ends_at")
    if ends_at - starts_at > LONGEST:
        raise InvalidField(TOO_LONG, "ends_at")


def _locked(call: AccountCall, *ids: UUID) -> dict[UUID, Account]:
    both = select(Account).where(Account.id.in_(ids), Account.party == "staff").order_by(Account.id).with_for_update()
    return {account.id: account for account in call.session.scalars(both)}


def _found(call: AccountCall, account_id: UUID) -> dict[UUID, Account]:
    found = call.session.get(Account, account_id)
    return {account_id: found} if found is not None and found.party == "staff" else {}


def _whose(call: AccountCall, found: dict[UUID, Account], account_id: UUID) -> Account:
    """The account of the person on leave: the acting account, or one that the acting admin may change."""
    account = found.get(account_id)
    if account is None:
        raise NotFound()
    if str(account_id) == call.acting.account_id:
        return account
    if "admin" not in call.acting.roles or not _meet(account.reach, call.acting.reach):
        raise NotFound()
    if account.reach not in call.acting.reach:
        raise WorksElsewhere()
    return account


def _check_fits(call: AccountCall, absent: Account, substitute: Account | None) -> None:
    if not ROLES & set(absent.roles):
        raise InvalidField(NOTHING_TO_DO, "account_id")
    if substitute is None or substitute.id == absent.id or not call.admission.admits(substitute):
        raise InvalidField(NO_SUBSTITUTE, "substitute_id")
    if not _meet(substitute.reach, absent.reach):
        raise InvalidField(NO_SUBSTITUTE, "substitute_id")  # one does not learn who works elsewhere
    if absent.reach not in substitute.reach:
        raise InvalidField(LACKS_REACH, "substitute_id")
    if not _has_roles(absent, substitute):
        raise InvalidField(LACKS_ROLE, "substitute_id")


def _fits(absent: Account, substitute: Account) -> bool:
    return bool(ROLES & set(absent.roles)) and absent.reach in substitute.reach and _has_roles(absent, substitute)


def _has_roles(absent: Account, substitute: Account) -> bool:
    return "admin" in substitute.roles or ROLES & set(absent.roles) <= set(substitute.roles)


def _meet(one: Communities, other: Communities) -> bool:
    """Whether they have a community in common."""
    if one.ids is None or other.ids is None:
        return True
    return not one.ids.isdisjoint(other.ids)


def _check_free(call: AccountCall, absent: UUID, substitute: UUID, starts_at: datetime, ends_at: datetime) -> None:
    """Raises SubstitutedAlready if the person on leave has a substitute in that time, SubstituteChain if one of both is then in
    the other part of a substitution."""
    during = func.tstzrange(Substitution.starts_at, Substitution.ends_at).op("&&")(func.tstzrange(starts_at, ends_at))
    of_absent = select(Substitution.id).where(Substitution.account_id == absent, during)
    if call.session.scalar(of_absent.limit(1)) is not None:
        raise SubstitutedAlready()
    other_parts = or_(Substitution.substitute_id == absent, Substitution.account_id == substitute)
    if call.session.scalar(select(Substitution.id).where(other_parts, during).limit(1)) is not None:
        raise SubstituteChain()


def _announce(
    call: AccountCall,
    substitution: Substitution,
    absent: Account,
    substitute: Account,
    action: str,
    *,
    because: str | None = None,
) -> None:
    """Log the change for the admins of both, and tell the services. The substitute's rights change with it. `because` is why it
    has ended, if nobody has ended it."""
    reached = absent.reach
    recording.record(
        call,
        kind="substitution",
        subject_id=absent.id,
        label=absent.username or "",
        action=action,
        communities=DISTRICT if reached.ids is None else reached,
        after={
            "substitute": substitute.username,
            "starts_at": substitution.starts_at.isoformat(),
            "ends_at": substitution.ends_at.isoformat(),
        },
    )
    outbox.add(call.session, substitution_arranged(substitution, call.now, because))
    call.access_changed()
