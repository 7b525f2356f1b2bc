"""Systems as admins see and change them. An admin handles the systems whose whole reach is their own."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, true, update

from chassis.database.pagination import Page, page
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import InvalidField, NotFound
from gateway.accounts.call import AccountCall
from gateway.accounts.reach import OUTSIDE_REACH, check_reached
from gateway.systems import auditing
from gateway.systems.models import ApiKey, System
from gateway.systems.offered import checked


def add(
    call: AccountCall,
    *,
    name: str,
    rights: Sequence[str],
    contact: str | None = None,
    communities: Sequence[str] = (),
    whole_district: bool = False,
    requests_per_minute: int | None = None,
) -> System:
    """A new system, without a key. It reaches `communities`, by default the acting admin's own, or the whole district. Raises
    InvalidField for what is outside the reach of the admin, and for `rights`."""
    system = System(
        community_id="",
        name=name,
        contact=call.personal.seal(contact) if contact else None,
        key_id=call.personal.key_id,
        communities=[],
        rights=[],
        requests_per_minute=requests_per_minute,
        created_by=UUID(call.acting.signed_in()),
        created_at=call.now,
    )
    _set_reach(call, system, communities, whole_district=whole_district)
    system.rights = checked(rights, system.reach, "rights")
    call.session.add(system)
    call.session.flush()
    auditing.system_changed(call, system, "created")
    return system


def change(
    call: AccountCall,
    system_id: UUID,
    *,
    expected_version: int | None = None,
    name: str | None = None,
    contact: str | None = None,
    communities: Sequence[str] | None = None,
    whole_district: bool | None = None,
    rights: Sequence[str] | None = None,
    requests_per_minute: int | None = None,
    default_requests: bool = False,
    disabled: bool | None = None,
) -> System:
    """Change the given fields; None leaves a field as it is, and an empty contact removes it. With `default_requests` the
    system gets the limit of the installation again. Open streams and tokens lose what the system loses. Raises NotFound,
    VersionMismatch, InvalidField."""
    system = _one(call, system_id, lock=True)
    system.expect_version(expected_version)
    before = auditing.facts_of(system)
    if name is not None:
        system.name = name
    new_contact = contact is not None and contact != _contact(call, system)
    if contact is not None and new_contact:
        system.contact, system.key_id = call.personal.seal(contact) if contact else None, call.personal.key_id
    if communities is not None or whole_district is not None:
        wanted = system.communities if communities is None else communities
        _set_reach(call, system, wanted, whole_district=bool(whole_district))
    if rights is not None or communities is not None or whole_district is not None:
        system.rights = checked(system.rights if rights is None else rights, system.reach, "rights")
    if requests_per_minute is not None or default_requests:
        system.requests_per_minute = requests_per_minute
    action = "changed"
    if disabled is not None and disabled != before["disabled"]:
        system.disabled_at = call.now if disabled else None
        action = "disabled" if disabled else "enabled"
    if before != auditing.facts_of(system) or new_contact:
        system.changed()
        call.session.flush()
        _copy_to_keys(call, system)
        auditing.system_changed(call, system, action, before=before, contact=new_contact)
    return system


def list_systems(call: AccountCall, *, limit: int, q: str | None = None, cursor: str | None = None) -> Page[System]:
    """The systems whose whole reach the admin has, the newest first. `q` is a part of the name."""
    statement = select(System).where(within_reach(call.acting.reach))
    if q is not None:
        statement = statement.where(System.name.icontains(q, autoescape=True))
    return page(call.session, statement, keys=[(System.id, "desc")], limit=limit, cursor=cursor)


def get(call: AccountCall, system_id: UUID) -> System:
    """Raises NotFound, also for a system that reaches further than the admin."""
    return _one(call, system_id, lock=False)


def names_of(call: AccountCall, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of systems by id. They are no secret among staff."""
    return {row.id: row.name for row in call.session.execute(select(System.id, System.name).where(System.id.in_(ids)))}


def locked(call: AccountCall, system_id: UUID) -> System:
    """The system, locked, so that its credentials change one after the other. Raises NotFound."""
    return _one(call, system_id, lock=True)


def _set_reach(call: AccountCall, system: System, communities: Sequence[str], *, whole_district: bool) -> None:
    """Raises InvalidField."""
    if whole_district and call.acting.reach != DISTRICT:
        raise InvalidField(OUTSIDE_REACH, "whole_district")
    chosen = [] if whole_district else sorted(set(communities)) or [call.community_id]
    check_reached(call, chosen, "communities")
    system.communities, system.whole_district = chosen, whole_district
    system.community_id = chosen[0] if len(chosen) == 1 else ""


def _contact(call: AccountCall, system: System) -> str:
    return call.personal.open(system.contact) if system.contact else ""


def within_reach(reach: Communities) -> ColumnElement[bool]:
    """Systems whose whole reach is within `reach`."""
    if reach.ids is None:
        return true()
    return and_(~System.whole_district, System.communities.contained_by(sorted(reach.ids)))


def _one(call: AccountCall, system_id: UUID, *, lock: bool) -> System:
    system = call.session.get(System, system_id, with_for_update=lock or None)
    if system is None or system.reach not in call.acting.reach:
        raise NotFound()
    return system


def _copy_to_keys(call: AccountCall, system: System) -> None:
    """For a gateway of the last release, which reads these columns of the keys."""
    community_id = system.community_id or (system.communities or [""])[0]
    call.session.execute(
        update(ApiKey)
        .where(ApiKey.system_id == system.id)
        .values(scopes=list(system.rights), whole_district=system.whole_district, community_id=community_id)
    )
