"""Moving an account to another community of the district.

Bookings, registrations and cases stay where they are. Which spaces the person may book follows from the new community at once,
in every open session: the identity of a session is read from the account.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from chassis.messaging import outbox
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound
from chassis.rpc.rules import UNKNOWN
from gateway.accounts import subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.families import households
from gateway.accounts.messages import moved
from gateway.accounts.models import Account, HomeMove
from gateway.audit import recording
from gateway.directory import live_settings, storage
from gateway.directory.models import is_id
from gateway.refusals.residents import CommunityClosed


def move(call: AccountCall, account: Account, community_id: str, *, moved_by: UUID | None = None) -> None:
    """Move a resident, whom the caller has locked. They leave their household. Moving to the present community changes nothing.
    Raises InvalidField for a community that does not exist; Forbidden for staff, whose communities an admin sets; and
    CommunityClosed if residents cannot make an account there by themselves, because a move would be a way around that. Then
    `moved_by` is needed."""
    if account.party != "resident":
        raise Forbidden(needs=["resident"])
    if not is_id(community_id) or (known := storage.find_community(call.session, community_id)) is None or not known.version:
        raise InvalidField(UNKNOWN, "community_id")
    if account.community_id == community_id:
        return
    if moved_by is None and not live_settings.takes_sign_up(call, community_id):
        raise CommunityClosed()
    call.session.add(
        HomeMove(
            account_id=account.id,
            from_community=account.community_id,
            to_community=community_id,
            moved_by=moved_by,
            moved_at=call.now,
        )
    )
    if account.household_id is not None:  # a household is of one community
        households.take_out(call, account)
    account.community_id = community_id
    account.changed()
    call.access_changed()
    call.session.flush()
    outbox.add(call.session, moved(account, call.now))


def move_resident(call: AccountCall, account_id: UUID, *, community_id: str) -> Account:
    """The acting member of staff moves a resident within reach, logged. Raises NotFound, InvalidField."""
    statement = select(Account).where(Account.id == account_id, subjects.is_resident(call)).with_for_update()
    if (account := call.session.scalar(statement)) is None:
        raise NotFound()
    before = {"community_id": account.community_id}
    move(call, account, community_id, moved_by=UUID(call.acting.signed_in()))
    recording.record(
        call,
        kind="resident",
        subject_id=account.id,
        label="",
        action="changed",
        communities=Communities.only(before["community_id"], community_id),
        version=account.version,
        before=before,
        after={"community_id": account.community_id},
    )
    return account


def history(call: AccountCall, account_id: UUID) -> Sequence[HomeMove]:
    """The moves of an account, the oldest first. People move seldom."""
    return call.session.scalars(select(HomeMove).where(HomeMove.account_id == account_id).order_by(HomeMove.id)).all()
