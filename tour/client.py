"""A client of the public API. It signs in, sends requests with an Idempotency-Key, and reads problem+json."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self
from uuid import uuid4

import requests
from urllib3.exceptions import HTTPError

from tour.sse import events

API = "/api/v1"
TIMEOUT = (5, 30)  # seconds to connect, to answer


class Problem(Exception):
    """The API refused a request. `code` is stable. `details` depend on the code."""

    def __init__(self, answer: requests.Response) -> None:
        try:
            body = answer.json()
        except ValueError:
            body = {}
        self.status = answer.status_code
        self.code = str(body.get("code", ""))
        self.details: dict[str, Any] = body.get("details", {})
        self.retry_after = int(answer.headers.get("Retry-After", "0") or 0)
        said = body.get("errors") or body.get("detail") or body.get("title") or answer.text[:200]
        super().__init__(f"{answer.request.method} {answer.request.path_url}: {self.status} {self.code} {said}")


class Client:
    """One user of the API. Each person has a separate client; threads must not share it."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False  # do not use a proxy that is configured on this machine
        self._http.headers.update({"Accept-Language": "en", **(headers or {})})

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        return self._ask("GET", path, params={name.rstrip("_"): value for name, value in query.items() if value is not None})

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return all items of a list, from all its pages."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, **query)
            found += page["items"]
            if (cursor := page.get("next_cursor")) is None:
                return found

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> dict[str, Any]:
        """Send a POST. `key` is the Idempotency-Key. A repeated request passes the key of the first; the default is a new
        key."""
        return self._ask("POST", path, json=body or {}, headers={"Idempotency-Key": key or str(uuid4())})

    def upload(self, path: str, name: str, content: bytes, media_type: str) -> dict[str, Any]:
        files = {"photo": (name, content, media_type)}
        return self._ask("POST", path, files=files, headers={"Idempotency-Key": str(uuid4())})

    @contextmanager
    def following(self, path: str, hear: Callable[[dict[str, Any]], None]) -> Iterator[None]:
        """Read an event stream in a thread while the block runs, and call `hear` with the data of each event. The stream is
        open before the block starts. Raises Problem."""
        headers = {"Accept": "text/event-stream"}
        answer = self._http.get(self.url + API + path, headers=headers, stream=True, timeout=TIMEOUT)
        if not answer.ok:
            raise Problem(answer)

        def listen() -> None:
            with suppress(requests.RequestException, HTTPError):  # raised when we shut the stream down
                for event in events(answer.iter_lines(chunk_size=1, decode_unicode=True)):
                    hear(json.loads(event.data))

        thread = threading.Thread(target=listen, name=path, daemon=True)
        thread.start()
        try:
            yield
        finally:
            answer.raw.shutdown()  # wakes the thread; close() alone would wait for it
            thread.join(timeout=5)
            answer.close()

    def delete(self, path: str) -> None:
        self._ask("DELETE", path)

    def signed_in(self, token: str) -> Self:
        return type(self)(self.url, {"Authorization": f"Bearer {token}"})

    def reaches(self, path: str) -> bool:
        """True if a server answers with any status. `path` is outside the API. Raises requests' errors."""
        return self._http.get(self.url + path, timeout=TIMEOUT).status_code > 0

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self._http.request(method, self.url + API + path, timeout=TIMEOUT, **options)
        if not answer.ok:
            raise Problem(answer)
        return dict(answer.json()) if answer.content else {}
