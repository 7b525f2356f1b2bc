"""What a client of the public API does: sign in, ask, send with an Idempotency-Key, read problem+json."""

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
    """The API said no. `code` is stable; `details` are the refusal's own."""

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
    """Somebody at a keyboard. Not shared between threads: each person has one."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False  # a proxy of this machine has no business between us and it
        self._http.headers.update({"Accept-Language": "en", **(headers or {})})

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        return self._ask("GET", path, params={name.rstrip("_"): value for name, value in query.items() if value is not None})

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Everything in a list, page after page."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, **query)
            found += page["items"]
            if (cursor := page.get("next_cursor")) is None:
                return found

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> dict[str, Any]:
        """`key` is the Idempotency-Key of a request that is sent again; a new one has its own."""
        return self._ask("POST", path, json=body or {}, headers={"Idempotency-Key": key or str(uuid4())})

    def upload(self, path: str, name: str, content: bytes, media_type: str) -> dict[str, Any]:
        files = {"photo": (name, content, media_type)}
        return self._ask("POST", path, files=files, headers={"Idempotency-Key": str(uuid4())})

    @contextmanager
    def following(self, path: str, hear: Callable[[dict[str, Any]], None]) -> Iterator[None]:
        """Hands the data of each event of the stream to `hear`, on a thread of its own, while the block runs. The stream
        is open when the block begins. Raises Problem."""
        headers = {"Accept": "text/event-stream"}
        answer = self._http.get(self.url + API + path, headers=headers, stream=True, timeout=TIMEOUT)
        if not answer.ok:
            raise Problem(answer)

        def listen() -> None:
            with suppress(requests.RequestException, HTTPError):  # how a stream ends that is shut from our side
                for event in events(answer.iter_lines(chunk_size=1, decode_unicode=True)):
                    hear(json.loads(event.data))

        thread = threading.Thread(target=listen, name=path, daemon=True)
        thread.start()
        try:
            yield
        finally:
            answer.raw.shutdown()  # wakes the thread, which close() alone would wait for
            thread.join(timeout=5)
            answer.close()

    def delete(self, path: str) -> None:
        self._ask("DELETE", path)

    def signed_in(self, token: str) -> Self:
        return type(self)(self.url, {"Authorization": f"Bearer {token}"})

    def reaches(self, path: str) -> bool:
        """True if something answers there, whatever it says. `path` is outside the API. Raises requests' errors."""
        return self._http.get(self.url + path, timeout=TIMEOUT).status_code > 0

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self._http.request(method, self.url + API + path, timeout=TIMEOUT, **options)
        if not answer.ok:
            raise Problem(answer)
        return dict(answer.json()) if answer.content else {}
