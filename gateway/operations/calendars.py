"""Calendar files, for the API and the pages."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import chain
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.database.engine import reading, transaction
from chassis.rpc.identity import Identity, Party
from chassis.rpc.refusal import NotFound
from gateway.accounts import sessions
from gateway.accounts.families import guardians
from gateway.accounts.models import Account
from gateway.calendars import addresses, entries, file
from gateway.calendars.models import CalendarAddress
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.directory.known import Known
from gateway.http import community, consent, current, idempotency, limits
from gateway.offload import in_thread

PAST: Final = timedelta(days=60)  # what is longer ago is not in the files that programs read again and again
AHEAD: Final = timedelta(days=31)  # the longest window of a space's availability
_MOST_PAGES: Final = 50  # 5,000 entries, of which calendar programs get slow
_REFRESH: Final = timedelta(hours=1)
_MINE: Final = {"zh-CN": "邻里 · 我的安排", "en": "Linli · mine"}
_PROGRAMME: Final = {"zh-CN": "{name}活动", "en": "Events of {name}"}
Json = dict[str, Any]


def own_address() -> Json | None:
    """What is known of the address of the acting account, without the address itself. Raises Unauthenticated."""
    with current.accounts().reading() as call:
        found = addresses.find_own(call)
    return None if found is None else _known(found)


def make_address(*, of_children: bool) -> Json:
    """A new address, with or without the children of the acting account, and its `token`, which is shown once; an earlier
    address stops. Raises Unauthenticated."""

    def work(session: Session) -> Json:
        token, made = addresses.make(current.accounts().within(session), of_children=of_children)
        return {"token": token} | _known(made)

    return idempotency.once(work)


def show_children(*, of_children: bool) -> Json:
    """Whether the acting account's address shows its children. Raises Unauthenticated, NotFound."""
    with current.accounts().transaction() as call:
        return _known(addresses.show_children(call, of_children=of_children))


def revoke_address() -> None:
    """The address stops. Raises Unauthenticated."""
    with current.accounts().transaction() as call:
        addresses.revoke(call)


def of_address(token: str, site: str) -> bytes:
    """The file of the owner of an address: bookings and registrations of the owner, from 60 days ago on, also
    cancelled ones, so that programs take them away. Those of the owner's children are in it, and marked, if the address shows
    them. `site` is the address of the pages. Raises NotFound, ConsentNeeded, Throttled, and the refusals of the services."""
    owner, children = _owner(token)
    language, since, known = owner.language, current.now() - PAST, community.snapshot().by_id
    party: Party = "staff" if owner.party == "staff" else "resident"
    theirs = client.acting_as(Identity(str(owner.id), party, community_id=owner.community_id, children=children))
    bookings = theirs.booking.get_calendar_bookings(start=since)["items"]
    registrations = _items(theirs.events.list_registrations, scope="mine")
    found = [
        entries.of_person(one, children, language, entry)
        for one, entry in chain(
            ((one, entries.of_booking(one, language, _address(known.get(one["community_id"]), language))) for one in bookings),
            ((one, entries.of_registration(one, language)) for one in registrations),
        )
    ]
    coming = (one for one in found if one.ends_at > since)
    zone = _zone(known.get(owner.community_id))
    return in_thread(file.write, _MINE[language], list(coming), zone=zone, site=site, refresh=_REFRESH)


def of_booking(booking_id: UUID, site: str) -> bytes:
    """One booking that the caller may see. Raises NotFound."""
    booking, language = client.booking.get_booking(booking_id=booking_id), current.language()
    known = community.snapshot().by_id.get(booking["community_id"])
    entry = entries.of_booking(booking, language, _address(known, language))
    return file.write(entry.summary, [entry], zone=_zone(known), site=site)


def of_registration(registration_id: UUID, site: str) -> bytes:
    """One registration that the caller may see. Raises NotFound."""
    registration = client.events.get_registration(registration_id=registration_id)
    entry = entries.of_registration(registration, current.language())
    return file.write(
        entry.summary, [entry], zone=_zone(community.snapshot().by_id.get(registration["community_id"])), site=site
    )


def of_space(space_id: UUID, site: str) -> bytes:
    """When a space is taken, today and in the next 31 days. It does not say by whom. Raises NotFound."""
    space, language = client.public.booking.get_space(space_id=space_id), current.language()
    known = community.snapshot().by_id.get(space["community_id"])
    # From the full hour, so that the cached answer is used again.
    start = current.now().replace(minute=0, second=0, microsecond=0)
    taken = client.public.booking.get_availability(space_id=space_id, start=start, end=start + AHEAD)
    found = entries.of_availability(taken, language)
    names = cast(Mapping[str, str], space["name"])
    return file.write(names[language], found, zone=_zone(known), site=site, refresh=_REFRESH)


def programme(site: str) -> bytes:
    """The club events of the community of the request, published and cancelled ones, from today on."""
    known, language = community.snapshot().by_id[community.require_one()], current.language()
    start = current.now().replace(minute=0, second=0, microsecond=0)
    events = _items(client.public.events.list_club_events, start=start)
    found = chain.from_iterable(entries.of_club_event(event, language) for event in events if event["published_at"])
    name = _PROGRAMME[language].format(name=known.name[language])
    return in_thread(file.write, name, list(found), zone=known.time_zone, site=site, refresh=_REFRESH)


def _known(address: CalendarAddress) -> Json:
    read_at = address.read_at.isoformat() if address.read_at else None
    return {"made_at": address.made_at.isoformat(), "read_at": read_at, "of_children": address.of_children}


def _owner(token: str) -> tuple[Account, frozenset[str]]:
    """Whose address it is, and the ids of the children that it shows: those for whom this account acts now, or none."""
    limits.spend(limits.CALENDARS, token[:80])
    with reading(current.database()) as session:
        found = addresses.owner_of(session, token, current.admission())
        if found is None:
            raise NotFound()
        owner, of_children = found
        agreed = sessions.agreed_version(session, owner.id)
        known = guardians.children_of(current.accounts().within(session), owner.id) if of_children else ()
        children = frozenset(str(child.id) for child in known)
    asked = consent.asked_of(owner.community_id, agreed) if owner.party == "resident" else None
    if asked is not None and asked.needed:
        raise consent.refusal(asked)
    with transaction(current.database()) as session:
        addresses.note_reading(session, owner.id, current.now())
    return owner, children


def _items(verb: Any, **query: Any) -> list[Json]:
    items: list[Json] = whole(verb, most_pages=_MOST_PAGES, **query)["items"]
    return items


def _address(known: Known | None, language: str) -> str:
    return known.address[language] if known and known.address else ""


def _zone(known: Known | None) -> str:
    return known.time_zone if known else current.settings().time_zone
