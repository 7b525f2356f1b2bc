"""Loaded by schemathesis (schemathesis.toml `hooks`): a stream of events never ends, so its beginning is its answer."""

from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

_send = HTTPAdapter.send


def _send_and_hear_the_beginning(self: HTTPAdapter, request: PreparedRequest, **how: Any) -> Response:
    response = _send(self, request, **how)
    if response.headers.get("Content-Type", "").startswith("text/event-stream"):
        response._content = next(response.iter_content(None), b"")
        response._content_consumed = True  # type: ignore[attr-defined]  # requests' own mark that there is no more to read
        response.close()
    return response


HTTPAdapter.send = _send_and_hear_the_beginning  # type: ignore[method-assign]  # in schemathesis's process only
