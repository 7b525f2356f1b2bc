"""Bringing something to the centre."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Unauthenticated
from services.cases import storage
from services.cases.coordinates import locate
from services.cases.interface.refusals import ChannelForStaff, PhotoRequired, unknown
from services.cases.models import Case, Category, Channel
from services.cases.search import pairs
from services.cases.use_cases.centre import community_of, today
from services.cases.use_cases.recording import record
from services.cases.workflow import State

PROXIES = ("clerk", "grid_worker")  # who may report for somebody else


@dataclass(frozen=True, slots=True)
class Report:
    """`lookup_token` is shown this once, to reporters whom no account leads back to the case; only a digest is kept."""

    case: Case
    lookup_token: str | None


def report_case(
    call: Call,
    *,
    channel: str,
    category: str,
    text: str,
    grid_id: str | None = None,
    address: str | None = None,
    location: dict[str, Any] | None = None,
    photo_ids: list[UUID] | None = None,
    anonymous: bool | None = None,
    resident_id: UUID | None = None,
    case_id: UUID | None = None,
) -> Report:
    """A new case, in state `reported`. `location` is {lat, lon, datum}; `anonymous` None takes the channel's default;
    `resident_id` names the citizen for whom a clerk or grid worker writes; `case_id` fixes the id (demo data).

    Raises Invalid for codes that name nothing in use and for places out of bounds, PhotoRequired, ChannelForStaff,
    Forbidden (proxy), Unauthenticated."""
    way_in = _channel(call, channel)
    _check_channel(way_in, call.acting, photo_ids or [])
    by_proxy = bool(way_in.staff_roles) or resident_id is not None
    if by_proxy:
        call.acting.require_role(*(way_in.staff_roles or PROXIES))
    case = Case(
        channel=way_in,
        category=_category(call, category),
        grid_id=_grid(call, grid_id),
        text=text,
        address=address,
        photo_ids=photo_ids or [],
        search_terms=pairs(text, address),
        anonymous=way_in.anonymous_default if anonymous is None else anonymous,
        reporter_id=resident_id if by_proxy else _account(call.acting),
        entered_by=_account(call.acting) if by_proxy else None,
        state=State.REPORTED,
        reported_at=call.now,
        community_id=community_of(call),
        **({"id": case_id} if case_id else {}),
    )
    if location:
        where = locate(**location)
        case.latitude, case.longitude, case.source_datum = where.lat, where.lon, where.source_datum
    token = _give_token(case)
    case.number = storage.next_number(call.session, case.community_id, today(call))
    call.session.add(case)
    return Report(record(call, case, case.report(call.acting)), token)


def _channel(call: Call, code: str) -> Channel:
    if (channel := storage.channel_in_use(call.session, code)) is None:
        raise unknown("channel")
    return channel


def _check_channel(channel: Channel, acting: Identity, photo_ids: list[UUID]) -> None:
    if channel.staff_roles and not acting.has_role(*channel.staff_roles):
        raise ChannelForStaff(needs=channel.staff_roles)
    if channel.sign_in_required and acting.account_id is None:
        raise Unauthenticated()
    if len(photo_ids) < channel.min_photos:
        raise PhotoRequired()


def _category(call: Call, code: str) -> Category:
    if (category := storage.category_in_use(call.session, code)) is None:
        raise unknown("category")
    return category


def _grid(call: Call, grid_id: str | None) -> str | None:
    if grid_id is not None and storage.grid_in_use(call.session, grid_id, community_of(call)) is None:
        raise unknown("grid_id")
    return grid_id


def _account(acting: Identity) -> UUID | None:
    return UUID(acting.account_id) if acting.account_id else None


def _give_token(case: Case) -> str | None:
    if case.reporter_id is not None and not case.anonymous:
        return None
    token = secrets.token_urlsafe(24)
    case.lookup_digest = storage.digest(token)
    return token
