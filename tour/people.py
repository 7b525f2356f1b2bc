"""The people of the day: residents and staff of the demo. Each has a separate client."""

from dataclasses import dataclass
from typing import Any

from tour.client import Client

COMMUNITY = "liuyi"  # in which the day takes place. Visitors name it
CODE = "246810"  # the sign-in code of every phone in the demo
PASSWORD = "linli-demo"  # noqa: S105  the demo's password, printed by `make up`
RESIDENTS = {
    "wang": ("王秀英", "19900000001"),
    "li": ("李建国", "19900000002"),
    "zhang": ("张敏", "19900000003"),
    "ma": ("马晓燕", "19900000004"),
    "chen": ("陈浩", "19900000005"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person. `api` is their client."""

    name: str
    api: Client
    account: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.account["id"])


class People:
    """Signs each person in once, on first use."""

    def __init__(self, url: str) -> None:
        self._visitor = Client(url)
        self._here: dict[str, Person] = {}

    def resident(self, username: str) -> Person:
        """Return a resident, signed in by phone and one-time code. Raises Problem."""
        phone = RESIDENTS[username][1]
        if username not in self._here:
            self._visitor.post(f"/auth/codes?community_id={COMMUNITY}", {"phone": phone})
            self._enter(
                username, self._visitor.post(f"/auth/sessions?community_id={COMMUNITY}", {"phone": phone, "code": CODE})
            )
        return self._here[username]

    def staff(self, username: str) -> Person:
        """Return a member of staff, signed in by password. Raises Problem."""
        if username not in self._here:
            session = self._visitor.post("/auth/sessions", {"username": username, "password": PASSWORD})
            self._enter(username, session)
        return self._here[username]

    def _enter(self, username: str, session: dict[str, Any]) -> None:
        account = session["account"]
        self._here[username] = Person(account["name"], self._visitor.signed_in(session["token"]), account)
