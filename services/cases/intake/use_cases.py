"""Reporting a case, and finding the photos of cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden
from services.cases.access import PROXIES, WRITE, account_of, system_of
from services.cases.cases.models import Case
from services.cases.cases.recording import record
from services.cases.cases.search import pairs
from services.cases.cases.slip_codes import new_code, slow_hash
from services.cases.intake import storage
from services.cases.intake.coordinates import locate
from services.cases.interface.states import State
from services.cases.reference.choices import chosen_category, chosen_channel, chosen_grid
from services.cases.reference.models import Channel


@dataclass(frozen=True, slots=True)
class Report:
    """A new case. `lookup_token` is the code of the slip, for reporters who cannot find the case in an account; for others it
    is None. It is shown only in this answer, and only a slow hash of it is stored."""

    case: Case
    lookup_token: str | None


@dataclass(frozen=True, slots=True)
class PhotoOfCase:
    """A photo that belongs to a case. `anonymous`: the case's reporter wants to stay unnamed."""

    photo_id: UUID
    anonymous: bool


def report_case(
    call: Call,
    *,
    channel: str,
    category: str,
    text: str,
    grid_id: str | None = None,
    address: str | None = None,
    location: dict[str, Any] | None = None,
    photo_ids: Sequence[UUID] = (),
    anonymous: bool | None = None,
    resident_id: UUID | None = None,
    case_id: UUID | None = None,
) -> Report:
    """A new case in state `reported`. `location` is {lat, lon, datum}. If `anonymous` is None, the channel's default
    applies. `resident_id` is the citizen for whom a clerk or grid worker writes. Another system reports as itself; whether
    it stays unnamed is no question then. `case_id` sets the id; only demo data uses it, requests cannot.

    Raises InvalidField for codes that are not in use, for positions outside of China, and unless the caller looks at one
    community; PhotoRequired, ChannelForStaff,
    Forbidden (report for somebody else, or a system without the right), Unauthenticated."""
    if call.acting.system_id is not None:
        call.acting.require_right(WRITE, call.community_id)
        anonymous = False
    way_in = chosen_channel(call, channel)
    way_in.check_report(call.acting, photos=len(photo_ids))
    by_proxy = _reports_for_others(call, way_in, resident_id)
    case = Case(
        channel=way_in,
        category=chosen_category(call, category),
        grid_id=chosen_grid(call, grid_id).id if grid_id else None,
        text=text,
        address=address,
        location=locate(**location) if location else None,
        photo_ids=list(photo_ids),
        search_terms=pairs(text, address),
        anonymous=way_in.anonymous_default if anonymous is None else anonymous,
        published=way_in.published,
        reporter_id=resident_id if by_proxy else account_of(call.acting),
        entered_by=account_of(call.acting) if by_proxy else None,
        system_id=system_of(call.acting),
        state=State.REPORTED,
        reported_at=call.now,
        community_id=call.community_id,
        **({"id": case_id} if case_id else {}),
    )
    token = _lookup_token(case)
    case.slip_hash = slow_hash(token) if token else None
    case.number = storage.next_number(call.session, case.community_id, call.now)
    call.session.add(case)
    return Report(record(call, case, case.report(call.acting)), token)


def find_photos(call: Call, *, photo_ids: Collection[UUID]) -> list[PhotoOfCase]:
    """Those of the photos that belong to a case, of any community. Only the gateway, which stores the photos, may ask.
    Raises Forbidden."""
    if "gateway" not in call.acting.scopes:
        raise Forbidden(needs=["gateway"])
    found = storage.find_photos(call.session, photo_ids)
    return [PhotoOfCase(photo_id, anonymous) for photo_id, anonymous in found.items()]


def _reports_for_others(call: Call, channel: Channel, resident_id: UUID | None) -> bool:
    """Whether the caller writes for a citizen. Raises Unauthenticated or Forbidden if the caller may not do so, in this
    community or at all."""
    by_proxy = bool(channel.staff_roles) or resident_id is not None
    if by_proxy:
        call.acting.require_role(*(channel.staff_roles or PROXIES))
        if call.community_id not in call.acting.reach:
            raise Forbidden(needs=sorted(channel.staff_roles or PROXIES))
    return by_proxy


def _lookup_token(case: Case) -> str | None:
    """A new code, unless the reporter finds the case in an account."""
    return new_code() if case.reporter_id is None or case.anonymous else None
