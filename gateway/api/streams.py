"""Live updates over server-sent events."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, request

from chassis.database.engine import reading
from chassis.rpc.interface import Request, Secret
from chassis.rpc.interface.fields import EXAMPLE_ID
from chassis.rpc.refusal import Unauthenticated
from gateway.accounts import sessions
from gateway.api.access import SIGNED_IN, system
from gateway.api.resource import Resource
from gateway.calls import client
from gateway.http import consent, current, second_factor
from gateway.streams import sse
from gateway.streams.hub import FEED, Stream, of_account
from gateway.streams.messages import DistrictMessages, parse_types
from gateway.streams.notifications import OwnNotifications
from gateway.systems import credentials
from gateway.systems.credentials import KnownSystem
from services.notify.interface.feed import MAY_READ, Readable

streams = Resource("streams", "实时更新 · Live updates (server-sent events)")


def _body(example: str) -> dict[str, Any]:
    return {"text/event-stream": {"schema": {"type": "string"}, "example": example}}


def _last_event_id(description: str, example: str) -> dict[str, Any]:
    return {
        "in": "header",
        "name": "Last-Event-ID",
        "required": False,
        "schema": {"type": "string"},
        "description": description,
        "example": example,
    }


class StreamMessages(Request):
    # So that the address stays short enough for servers, also if all characters are encoded.
    types = Secret(
        most=600,
        example="booking.confirmed.v1,case.*",
        description="only these types; `case.*` means all types that begin with `case.`",
    )


@streams.get(
    "/notifications/stream",
    "Receive your own notifications live",
    content=_body(f'id: {EXAMPLE_ID}\nevent: notification\ndata: {{"title": "预约成功"}}\n\n'),
    needs=SIGNED_IN,
    refuses=(422, 429),
    parameters=[_last_event_id("id of the last notification that you received; newer ones are sent first", EXAMPLE_ID)],
    description="Events are named `notification`. Their data is as in GET /notifications. The stream ends with the session, "
    "and when the resident must agree to a new privacy notice first.",
)
def stream_notifications() -> Response:
    access = current.access()
    if (session_id := access.session_id) is None:
        raise Unauthenticated()
    account_id, notify = access.identity.signed_in(), client.for_streams().notify
    # Opened before the first read, so that nothing is missed in between.
    stream = current.hub().open(of_account(account_id), owner=account_id, credential_id=session_id)

    def source() -> OwnNotifications:
        return OwnNotifications(notify.list_notifications, request.headers.get("Last-Event-ID"), _session_is_open(session_id))

    return _answer(stream, source)


@streams.get(
    "/messages/stream",
    "Receive the messages of the district's services live",
    query=StreamMessages(),
    content=_body(
        'id: 1-7311-42\nevent: booking.confirmed.v1\ndata: {"specversion": "1.0", "type": "booking.confirmed.v1"}\n\n'
    ),
    needs=system(MAY_READ),
    refuses=(410, 429),
    parameters=[_last_event_id("id of the last message that you received; `0-0` for all stored messages", "1-7311-42")],
    description="The messages that the rights of the system name: `messages:read`, `messages:read:case.*`, "
    "`messages:read@liuyi`. 403 if none of the asked `types` is among them. The stream ends if the rights change. Each "
    "message is a CloudEvent (JSON format). They are sent once and in order, those of one subject in the order of their "
    "`sequence`. The answer is 410 if messages after "
    "Last-Event-ID are no longer stored, or if the id is from another database, or of a time that a restore from a dump took "
    "back. Start again with `0-0` then, and leave out the messages that you have: after a restore a message may come again, "
    "with the same `id`. Ids of earlier releases (`7311-42`) "
    "are still valid.",
)
def stream_messages(query: dict[str, Any]) -> Response:
    system, identity = current.access().system, current.identity()
    if system is None:
        raise Unauthenticated()
    hub, read_feed = current.hub(), client.for_streams().notify.read_feed
    types = parse_types(query.get("types"))
    readable = Readable.by(identity, types)
    # Opened before the first read, so that nothing is missed in between.
    stream = hub.open(FEED, owner=str(identity.system_id), credential_id=system.key_id)

    def source() -> DistrictMessages:
        last_id = request.headers.get("Last-Event-ID")
        return DistrictMessages(read_feed, last_id, types, hub.tail, _system_is_known(system), readable)

    return _answer(stream, source)


def _session_is_open(session_id: UUID) -> Callable[[], bool]:
    """A function that says whether the session is still valid, and its account needs no further consent. It can be called after
    this request."""
    database, clock, admission = current.database(), current.clock(), current.admission()
    passes, consent_is_given = second_factor.still_passes(session_id), consent.still_given()

    def is_open() -> bool:
        with reading(database) as session:
            found = sessions.find_open(session, session_id, clock(), admission=admission)
        return found is not None and consent_is_given(found) and passes()

    return is_open


def _system_is_known(system: KnownSystem) -> Callable[[], bool]:
    """A function that says whether the system may still do what it may do now. It can be called after this request."""
    database, clock, admission = current.database(), current.clock(), current.admission()

    def is_known() -> bool:
        with reading(database) as session:
            return credentials.still_known(session, system, clock(), admission=admission)

    return is_known


def _answer(stream: Stream, make_source: Callable[[], sse.Source]) -> Response:
    """The stream as an HTTP answer that is sent event by event. A HEAD request gets no body."""
    try:
        source = make_source()
    except BaseException:
        stream.close()
        raise
    if request.method == "HEAD":
        stream.close()
        return Response(mimetype=sse.MEDIA_TYPE)
    request.environ["linli.stream"] = True  # for chassis.web.server: send each event at once, end at shutdown
    response = Response(sse.event_stream(stream, source, heartbeat=sse.HEARTBEAT), mimetype=sse.MEDIA_TYPE)
    response.call_on_close(stream.close)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # for nginx
    return response
