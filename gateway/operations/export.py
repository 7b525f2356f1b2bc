"""All data of one person, as one file (个人信息保护法, Art. 45).

Each service answers through its interface, page by page. The file is written to a temporary file before the first byte is
sent: it takes no more memory than a page, and a service that is down gives an error and not half a file. Nothing of other
people is in it: ids and names of staff are left out.
"""

from collections.abc import Callable, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from uuid import UUID

import orjson
from sqlalchemy import or_, select

from gateway.accounts import devices, homes, own_data, proofs, reveals, views
from gateway.accounts.call import AccountCall
from gateway.accounts.families.models import Guardianship
from gateway.accounts.phone_list import storage as phone_list
from gateway.calls import client
from gateway.http import current, limits
from gateway.operations import consents
from gateway.photos.models import Photo
from gateway.wechat import linking

IN_MEMORY: Final = 1 << 20  # bytes of the file; the rest is on disk
_PAGE: Final = 100
Json = dict[str, Any]
# The sections that services answer: the verb, and the fields that are about the person.
_BOOKING: Final = (
    "id", "community_id", "space_id", "space_name", "starts_at", "ends_at", "state", "attendees", "purpose", "created_at",
    "cancelled_at", "cancelled_by", "cancel_reason",
)  # fmt: skip
_SERIES: Final = (
    "id", "community_id", "space_id", "space_name", "rrule", "except_days", "starts_on", "ends_on", "starts_at", "minutes",
    "attendees", "purpose", "created_at",
)  # fmt: skip
_WAIT: Final = (
    "id", "community_id", "space_id", "space_name", "alike", "booking_id", "starts_at", "ends_at", "earliest_at", "latest_at",
    "attendees", "state", "asked_at", "ended_at",
)  # fmt: skip
_REFUSED_ATTEMPT: Final = (
    "id", "community_id", "at", "attempt", "space_id", "space_name", "booking_id", "starts_at", "ends_at", "attendees", "code",
    "sentence", "details", "in_the_way",
)  # fmt: skip
_CASE: Final = (
    "id", "community_id", "number", "channel", "channel_name", "category", "category_name", "grid_id", "text", "address",
    "location", "photo_ids", "anonymous", "state", "department_name", "settlement", "satisfied", "reported_at",
    "accepted_at", "dispatched_at", "settled_at", "closed_at", "declined_at",
)  # fmt: skip
_STEP: Final = ("case_id", "version", "at", "action", "from_state", "to_state", "actor_party", "department_name", "note")
_REGISTRATION: Final = (
    "id", "community_id", "session_id", "club_event_id", "title", "location", "starts_at", "ends_at", "seats", "state",
    "position", "created_at", "cancelled_at", "cancelled_by",
)  # fmt: skip
_MEMBERSHIP: Final = ("id", "club_id", "club_name", "joined_at", "left_at")
_NOTIFICATION: Final = (
    "id", "template", "channel", "language", "title", "body", "subject_type", "subject_id", "created_at", "read_at",
)  # fmt: skip
_CONTACT_POINT: Final = ("id", "channel", "address", "verified", "verified_at", "created_at")
SECTIONS: Final = (
    "account", "community_moves", "consents", "sessions", "wechat_links", "reveals", "photos", "guardianships", "bookings",
    "series", "waits", "refused_attempts", "cases", "case_steps", "registrations", "club_memberships", "contact_points",
    "reminders", "notifications",
)  # fmt: skip


def write() -> IO[bytes]:
    """The export of the acting account as a JSON file, open at its beginning. Raises Unauthenticated, ProofNeeded, Throttled,
    and the refusals of the services."""
    with current.accounts().reading() as call:
        proofs.require(call)
    limits.spend(limits.EXPORTS)
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the response closes it
    try:
        _write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _write(file: IO[bytes]) -> None:
    file.write(b'{"exported_at":' + orjson.dumps(current.now().isoformat()))
    for name, value in (_of_gateway() | {"reveals": _reveals()} | _of_services()).items():
        file.write(b"," + orjson.dumps(name) + b":")
        if isinstance(value, dict):
            file.write(orjson.dumps(value))
            continue
        file.write(b"[")
        for number, item in enumerate(value):
            file.write((b"," if number else b"") + orjson.dumps(item))
        file.write(b"]")
    file.write(b"}")


def _of_gateway() -> dict[str, Any]:
    account_id = UUID(current.identity().signed_in())
    with current.accounts().reading() as call:
        return {
            "account": _account(call),
            "community_moves": [
                {"from": move.from_community, "to": move.to_community, "at": move.moved_at.isoformat()}
                for move in homes.history(call, account_id)
            ],
            "consents": consents.all_of(call, account_id),
            "sessions": [
                {"device": one.name, "signed_in_at": one.created_at.isoformat(), "last_used_at": one.seen_at.isoformat()}
                for one in devices.list_own(call)
            ],
            "wechat_links": _wechat_links(call, account_id),
            "photos": _photos(call, account_id),
            "guardianships": _guardianships(call, account_id),
        }


def _account(call: AccountCall) -> Json:
    """All that its owner sees, and what staff entered for them."""
    account = own_data.read(call)
    entered = views.for_counter(account, call.personal) if account.party == "resident" else {}
    return views.for_owner(account, call.personal) | {
        "phones": [
            {name: value for name, value in views.phone(one, call.personal).items() if name != "id"}
            for one in phone_list.of_account(call.session, account.id)
        ],
        "contact_phone": entered.get("contact_phone"),
        "birth_year": account.birth_year,
        "created_at": account.created_at.isoformat(),
        "claimed_at": account.claimed_at.isoformat() if account.claimed_at else None,
        "household_id": str(account.household_id) if account.household_id else None,
    }


def _wechat_links(call: AccountCall, account_id: UUID) -> list[Json]:
    return [
        {
            "app": link.app,
            "app_id": link.app_id,
            "openid": link.openid,
            "unionid": link.unionid,
            "linked_at": link.linked_at.isoformat(),
        }
        for link in linking.list_of(call, account_id)
    ]


def _guardianships(call: AccountCall, account_id: UUID) -> list[Json]:
    """For how many children the account acts, and how many act for it. Who they are is theirs."""
    own = or_(Guardianship.guardian_id == account_id, Guardianship.child_id == account_id)
    found = select(Guardianship.guardian_id, Guardianship.created_at).where(own).order_by(Guardianship.created_at)
    return [
        {"as": "guardian" if guardian_id == account_id else "child", "since": at.isoformat()}
        for guardian_id, at in call.session.execute(found)
    ]


def _photos(call: AccountCall, account_id: UUID) -> list[Json]:
    own = select(Photo.id, Photo.created_at, Photo.size).where(Photo.uploaded_by == account_id).order_by(Photo.id)
    return [
        {"id": str(photo_id), "uploaded_at": at.isoformat(), "size": size} for photo_id, at, size in call.session.execute(own)
    ]


def _reveals() -> Iterator[Json]:
    """Who looked at what, by role. The names of staff are theirs."""
    cursor = None
    while True:
        with current.accounts().reading() as call:
            page = reveals.list_own(call, limit=_PAGE, cursor=cursor)
        for seen in page.items:
            yield {
                "at": seen.at.isoformat(),
                "roles": seen.roles,
                "fields_seen": seen.fields_seen,
                "operation": seen.operation,
            }
        if (cursor := page.next_cursor) is None:
            return


def _of_services() -> dict[str, Iterator[Json]]:
    own = UUID(current.identity().signed_in())
    return {
        # `mine` also has what the account's children booked, which is theirs.
        "bookings": _paged(client.booking.list_bookings, _BOOKING, scope="mine", resident_id=own),
        "series": _paged(client.booking.list_series, _SERIES, scope="mine", resident_id=own, over=True),
        "waits": _paged(client.booking.list_waits, _WAIT, scope="mine", resident_id=own, over=True),
        "refused_attempts": _paged(client.booking.list_refused_attempts, _REFUSED_ATTEMPT, scope="mine", resident_id=own),
        "cases": _paged(client.cases.list_cases, _CASE, scope="mine"),
        "case_steps": _paged(client.cases.list_own_steps, _STEP),
        "registrations": _paged(client.events.list_registrations, _REGISTRATION, scope="mine", resident_id=own),
        "club_memberships": _paged(client.events.list_memberships, _MEMBERSHIP),
        "contact_points": _contact_points(),
        "reminders": _reminders(),
        "notifications": _paged(client.notify.list_notifications, _NOTIFICATION),
    }


def _paged(verb: Callable[..., Mapping[str, Any]], fields: tuple[str, ...], **query: Any) -> Iterator[Json]:
    cursor: str | None = None
    while True:
        page = verb(limit=_PAGE, cursor=cursor, **query)
        for item in page["items"]:
            yield {name: item.get(name) for name in fields}
        if (cursor := page["next_cursor"]) is None:
            return


def _contact_points() -> Iterator[Json]:
    for item in client.notify.list_contact_points()["items"]:
        yield {name: item.get(name) for name in _CONTACT_POINT}


def _reminders() -> Iterator[Json]:
    """How the person wants to be reminded. The reminders themselves are notifications."""
    yield {"reminders": client.notify.get_reminder_choice()["reminders"]}
