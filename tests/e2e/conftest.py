"""People of the demo, over HTTP, in a district that runs as a whole."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from gateway.demo import COMMUNITY, RESIDENTS

PHONES = {person.username: person.phone for person in RESIDENTS}


# What is about one community. A visitor names the community.
OF_COMMUNITY = {
    "/claimed-times",
    "/spaces",
    "/ticket-queues",
    "/availability",
    "/grids",
    "/clubs",
    "/club-events",
    "/cases",
    "/photos",
    "/auth/codes",
    "/auth/sessions",
}


@dataclass
class Person:
    """Somebody with a session. Without one, a visitor of the first community of the demo, unless a request names another.
    Methods take paths below /api/v1."""

    url: str
    account: dict[str, Any] = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        known = {"Authorization", "X-API-Key"} & self.session.headers.keys()
        if path.partition("?")[0] in OF_COMMUNITY and not known:
            more["params"] = {"community_id": COMMUNITY} | dict(more.get("params") or {})
        return self.session.request(method, f"{self.url}/api/v1{path}", timeout=15, **more)

    def get(self, path: str, **more: Any) -> Any:
        """The answer of a read that must work."""
        return self._right(self("GET", path, **more))

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """The answer of a change that must work."""
        return self._right(self("POST", path, **({"json": body} if body is not None else {}), **more))

    @staticmethod
    def _right(answer: requests.Response) -> Any:
        assert answer.ok, f"{answer.status_code} {answer.text}"
        return answer.json()


People = Callable[[str], Person]


@pytest.fixture(scope="session")
def visitor(district_url: str) -> Person:
    return Person(district_url)


@pytest.fixture(scope="session")
def person(district_url: str) -> People:
    """`person("wang")`, `person("clerk")`, `person("clerk.yuxin")`: signed in once for all tests."""
    known: dict[str, Person] = {}

    def signed_in(name: str) -> Person:
        if name not in known:
            known[name] = sign_in(district_url, name)
        return known[name]

    return signed_in


def sign_in(url: str, name: str) -> Person:
    """The person with a session of its own."""
    someone = Person(url)
    if name in PHONES:
        someone.post("/auth/codes", {"phone": PHONES[name]})
        answer = someone.post("/auth/sessions", {"phone": PHONES[name], "code": "246810"})
    else:
        answer = someone.post("/auth/sessions", {"username": name, "password": "linli-demo"})
    someone.account = answer["account"]
    someone.session.headers["Authorization"] = f"Bearer {answer['token']}"
    return someone
