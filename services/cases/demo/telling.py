"""How a story of the demo becomes a case: through the same use cases that real people use."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.identity import Identity
from services.cases.demo.stories import Story
from services.cases.intake.use_cases import report_case
from services.cases.steps.use_cases import take_step

COMMUNITY = "liuyi"
ROLES = {
    "clerk": ("clerk",),
    "grid": ("grid_worker",),
    "handler": ("handler",),
    "mediator": ("mediator",),
    "supervisor": ("supervisor",),
}
OWN_GRIDS = {"grid": ("liuyi-1", "liuyi-2")}


def tell(call: Call, story: Story) -> None:
    """Report the case and take its steps, each at its time and by its person."""
    reported_at = call.now - timedelta(hours=story.hours_ago)
    report = report_case(
        _by(call, _writer(story), reported_at),
        **story.report,
        photo_ids=[demo_id("photo", f"{story.name}-{number}") for number in range(1, story.photos + 1)],
        resident_id=_resident_id(story),
        case_id=demo_id("case", story.name),
    )
    for step in story.steps:
        at = reported_at + timedelta(hours=step.hours)
        take_step(_by(call, step.by, at), case_id=report.case.id, step=step.name, **step.says)


def _writer(story: Story) -> str | None:
    """The clerk writes down walk-ins. Other cases are written by their reporter."""
    return "clerk" if story.report["channel"] == "walk_in" else story.reporter


def _resident_id(story: Story) -> UUID | None:
    return demo_id("account", story.reporter) if story.report["channel"] == "walk_in" and story.reporter else None


def _by(call: Call, name: str | None, now: datetime) -> Call:
    return replace(call, now=now, acting=_person(name), communities=Communities.only(COMMUNITY))


def _person(name: str | None) -> Identity:
    if name is None:
        return Identity(community_id=COMMUNITY)
    roles = ROLES.get(name, ())
    return Identity(
        account_id=str(demo_id("account", name)),
        party="staff" if roles else "resident",
        roles=frozenset(roles),
        community_id=COMMUNITY,
        grids=frozenset(OWN_GRIDS.get(name, ())),
    )
