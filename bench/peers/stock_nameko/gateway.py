"""The gateway: @http, then the service by RPC."""

import json

from marshmallow import ValidationError
from nameko.exceptions import RemoteError
from nameko.rpc import ServiceRpc
from nameko.web.handlers import http
from werkzeug.wrappers import Request, Response

from bench.peers.stock_nameko.schemas import BookSpaceSchema


class GatewayService:
    name = "gateway"

    booking = ServiceRpc("booking")

    @http("POST", "/bookings")
    def book_space(self, request: Request) -> Response:
        details = json.loads(request.get_data(as_text=True))
        try:
            BookSpaceSchema().load(details)
        except ValidationError as error:
            return _json({"errors": error.messages}, 422)
        try:
            return _json(self.booking.book_space(details), 201)
        except RemoteError as error:
            return _json({"error": error.exc_type}, 409)

    @http("GET", "/spaces")
    def list_spaces(self, request: Request) -> Response:
        return _json({"items": self.booking.list_spaces(limit=int(request.args.get("limit", 20)))}, 200)

    @http("GET", "/club-events")
    def list_club_events(self, request: Request) -> Response:
        limit = int(request.args.get("limit", 20))
        found = self.booking.list_club_events(start=request.args["from"], end=request.args["to"], limit=limit)
        return _json({"items": found}, 200)


def _json(content: object, status: int) -> Response:
    return Response(json.dumps(content), status=status, mimetype="application/json")
