"""Live updates over server-sent events."""

from typing import Any

from flask import Response, request

from chassis.rpc.interface import Request, Secret
from chassis.rpc.interface.fields import EXAMPLE_ID
from chassis.rpc.refusal import Unauthenticated
from gateway.api.access import SIGNED_IN, system
from gateway.api.resource import Resource
from gateway.http import current
from gateway.streams import feed, sse
from gateway.streams.hub import FEED, of_account
from gateway.streams.messages import DistrictMessages
from gateway.streams.notifications import OwnNotifications

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
    # Any characters of that many fit into the longest address that servers take.
    types = Secret(most=600, example="booking.confirmed.v1,case.*", description="only these types; `case.*`: all that begin so")


@streams.get(
    "/notifications/stream",
    "Hear one's own notifications as they come",
    content=_body(f'id: {EXAMPLE_ID}\nevent: notification\ndata: {{"title": "预约成功"}}\n\n'),
    needs=SIGNED_IN,
    refuses=(422, 429),
    parameters=[_last_event_id("id of the last notification heard; what came since is told first", EXAMPLE_ID)],
    description="Event `notification`, data as in GET /notifications. Ends when the session does.",
)
def stream_notifications() -> Response:
    access = current.access()
    if access.session_id is None:
        raise Unauthenticated()
    account_id = access.identity.signed_in()
    # Listening begins before the first look, so that nothing falls between the two.
    stream = current.hub().open(of_account(account_id), owner=account_id, proof=access.session_id)
    try:
        return sse.answer(stream, OwnNotifications(request.headers.get("Last-Event-ID")))
    except BaseException:
        stream.close()
        raise


@streams.get(
    "/messages/stream",
    "Hear what the district's services publish",
    query=StreamMessages(),
    content=_body('id: 7311-42\nevent: booking.confirmed.v1\ndata: {"specversion": "1.0", "type": "booking.confirmed.v1"}\n\n'),
    needs=system("messages:read"),
    refuses=(410, 429),
    parameters=[_last_event_id("id of the last message heard; `0-0` for all that is kept (7 days)", "7311-42")],
    description="Each message is a CloudEvent (JSON format), told once and in order; those of one subject in the order of "
    "their `sequence`. 410 where messages after Last-Event-ID are no longer kept, or it is from another database.",
)
def stream_messages(query: dict[str, Any]) -> Response:
    key_id = current.access().key_id
    if key_id is None:
        raise Unauthenticated()
    stream = current.hub().open(FEED, owner=str(key_id), proof=key_id)
    try:
        patterns = feed.parse_types(query.get("types"))
        return sse.answer(stream, DistrictMessages(request.headers.get("Last-Event-ID"), patterns, key_id))
    except BaseException:
        stream.close()
        raise
