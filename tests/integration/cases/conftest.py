"""A district's cases database with the liuyi community's grids and two departments, and the people who use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from marshmallow import missing
from sqlalchemy import Engine

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from services.cases.cases.models import Case
from services.cases.intake.use_cases import Report
from services.cases.interface import CASES
from services.cases.reference.models import Community, Department, Grid
from services.cases.service import CasesService

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)  # 09:30 at the centre
ROADS, CIVIL = demo_id("department", "roads"), demo_id("department", "civil")


def person(
    *roles: str,
    party: str | None = None,
    community: str | None = "liuyi",
    grids: tuple[str, ...] = (),
    departments: tuple[str, ...] = ("roads",),
) -> Identity:
    """A new account; staff if it has roles. Handlers belong to `departments`."""
    return Identity(
        account_id=str(uuid4()),
        party=party or ("staff" if roles else "resident"),  # type: ignore[arg-type]
        roles=frozenset(roles),
        community_id=community,
        grids=frozenset(grids),
        departments=frozenset(departments if "handler" in roles else ()),
    )


def both(zh: str, en: str) -> dict[str, Any]:
    return {"zh-CN": zh, "en": en}


class District:
    """The database under test, and short ways to act on it: each call is one committed transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.wang, self.li = person(), person()
        self.clerk, self.supervisor, self.admin = person("clerk"), person("supervisor"), person("admin")
        self.grid_worker = person("grid_worker", grids=("liuyi-1",))
        self.handler, self.other_handler = person("handler"), person("handler")

    @contextmanager
    def call(self, acting: Identity = ANONYMOUS, now: datetime = NOW) -> Iterator[Call]:
        with transaction(self.engine) as session:
            yield Call(session, now, acting, communities=Communities.only(acting.community_id or "liuyi"))

    def do(self, verb: str, acting: Identity = ANONYMOUS, *, now: datetime = NOW, **payload: Any) -> Any:
        """The use case of `verb`, with the defaults of its request."""
        fields = CASES.verbs[verb].takes.fields.values()
        given = {field.name: field.load_default for field in fields if field.load_default is not missing}
        defaults = {name: value() if callable(value) else value for name, value in given.items()}
        with self.call(acting, now) as call:
            return CasesService.use_case(verb)(call, **defaults | payload)

    def report(self, acting: Identity = ANONYMOUS, *, now: datetime = NOW, **over: Any) -> Report:
        payload = {"channel": "suggestion_box", "category": "facilities-light", "text": "路灯不亮", "anonymous": False} | over
        report: Report = self.do("report_case", acting, now=now, **payload)
        return report

    def dispatched(self, acting: Identity | None = None, handler: Identity | None = None, **over: Any) -> Case:
        """A case that its department may settle; for one handler, or for any."""
        case = self.report(acting or self.wang, **over).case
        self.do("accept_case", self.clerk, case_id=case.id)
        handler_id = handler.account_id if handler else None
        dispatched: Case = self.do("dispatch_case", self.clerk, case_id=case.id, department_id=ROADS, handler_id=handler_id)
        return dispatched


@pytest.fixture
def district(database_of: Any) -> District:
    engine = database_of("cases")
    with transaction(engine) as session:
        session.add_all(
            [
                Community(id="liuyi", number_prefix="LY"),
                Community(id="hexie", number_prefix="HX"),
            ]
        )
        session.flush()
        session.add_all(
            [
                Grid(id="liuyi-1", community_id="liuyi", name=both("第一网格", "Grid 1"), position=1),
                Grid(id="liuyi-2", community_id="liuyi", name=both("第二网格", "Grid 2"), position=2),
                Grid(id="hexie-1", community_id="hexie", name=both("和谐一格", "Hexie 1"), position=1),
                Department(id=ROADS, code="roads", name=both("市政", "Roads")),
                Department(id=CIVIL, code="civil", name=both("民政", "Civil affairs")),
            ]
        )
    return District(engine)
