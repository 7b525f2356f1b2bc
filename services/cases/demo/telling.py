"""How a story of the demo becomes a case: through the same use cases that real people use."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.identity import Identity
from services.cases.demo.reference import grid_id
from services.cases.demo.story import Story
from services.cases.intake.use_cases import report_case
from services.cases.steps.use_cases import take_step

ROLES = {
    "clerk": ("clerk",),
    "grid": ("grid_worker",),
    "handler": ("handler",),
    "mediator": ("mediator",),
    "supervisor": ("supervisor",),
}
SHORT_NAMES = "liuyi"  # the community whose staff have user names without its id
OWN_GRIDS = (1, 2)  # of each grid worker
OWN_DEPARTMENTS = frozenset({"public-works", "sanitation", "urban-management"})  # of each handler


def tell(call: Call, community_id: str, story: Story) -> None:
    """Report the case and take its steps, each at its time and by its person."""
    _Teller(call, community_id, story).tell()


@dataclass(frozen=True, slots=True)
class _Teller:
    call: Call
    community_id: str
    story: Story

    def tell(self) -> None:
        story, report = self.story, dict(self.story.report)
        reported_at = self.call.now - timedelta(hours=story.hours_ago)
        number = report.pop("grid")
        reported = report_case(
            self._by(self._writer(), reported_at),
            **report,
            grid_id=grid_id(self.community_id, number) if number else None,
            photo_ids=[demo_id("photo", f"{story.name}-{number}") for number in range(1, story.photos + 1)],
            resident_id=self._account_id(story.reporter) if report["channel"] == "walk_in" and story.reporter else None,
            case_id=demo_id("case", story.name),
        )
        for step in story.steps:
            at = reported_at + timedelta(hours=step.hours)
            take_step(self._by(step.by, at), case_id=reported.case.id, step=step.name, **self._said(step.says))

    def _writer(self) -> str | None:
        """The clerk writes down walk-ins. Other cases are written by their reporter."""
        return "clerk" if self.story.report["channel"] == "walk_in" else self.story.reporter

    def _said(self, says: dict[str, Any]) -> dict[str, Any]:
        """The fields of a step, with the id of the handler instead of the name."""
        fields = dict(says)
        if handler := fields.pop("handler", None):
            fields["handler_id"] = self._account_id(handler)
        return fields

    def _account_id(self, name: str) -> UUID:
        of_staff = name in ROLES and self.community_id != SHORT_NAMES
        return demo_id("account", f"{name}.{self.community_id}" if of_staff else name)

    def _by(self, name: str | None, now: datetime) -> Call:
        return replace(self.call, now=now, acting=self._person(name), communities=Communities.only(self.community_id))

    def _person(self, name: str | None) -> Identity:
        if name is None:
            return Identity(community_id=self.community_id)
        roles = ROLES.get(name, ())
        return Identity(
            account_id=str(self._account_id(name)),
            party="staff" if roles else "resident",
            roles=frozenset(roles),
            community_id=self.community_id,
            grids=frozenset(grid_id(self.community_id, number) for number in OWN_GRIDS) if name == "grid" else frozenset(),
            departments=OWN_DEPARTMENTS if name == "handler" else frozenset(),
        )
