"""The slip of a report: number and code open the case for a reporter who has no account, or is not named."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Command,
    Expecting,
    OneOf,
    Query,
    Request,
    Text,
    flag,
    moment,
    names,
    number,
    text,
    word,
)
from services.cases.interface.cases import PARTIES, CaseDates, StepOfCase
from services.cases.interface.refusals import CaseNotFound, IllegalTransition, NotYourStep
from services.cases.interface.states import OUTCOMES, STATES
from services.cases.interface.step import Role, StepField
from services.cases.interface.steps import optional
from services.cases.interface.workflow import BY_NAME, roles_of_step

# The steps that a slip can take are those of the reporter.
SLIP_STEPS = tuple(name for name in BY_NAME if Role.REPORTER in roles_of_step(name))


class SlipUpdate(Answer):
    version = number(2, description="of the case, after the step")
    at = moment()
    action = text("settle")
    to_state = word(STATES)
    actor_party = word(PARTIES)
    department_name = names(
        "城市管理办公室", "Urban management office", maybe=True, attribute="department.name", dump_default=None
    )
    note = text("已更换灯泡。", maybe=True, description="words of staff for the reporter")


class LookedUp(CaseDates):
    """What the centre has done and said. Nothing that the reporter wrote, because others may find the slip."""

    version = number(3, description="counts changes")
    category_name = names("路灯照明", "Street lighting", maybe=True, attribute="category.name")
    department_name = names(
        "城市管理办公室", "Urban management office", maybe=True, attribute="department.name", dump_default=None
    )
    settlement = text("已更换灯泡。", maybe=True, description="the public result")
    outcome = word(OUTCOMES, maybe=True)
    solved = flag(maybe=True, description="what the reporter said")
    satisfied = flag(maybe=True, description="what the reporter said")
    updates = fields.List(fields.Nested(SlipUpdate), required=True, metadata={"description": "the steps, newest first"})
    steps = fields.List(
        fields.Nested(StepOfCase), required=True, metadata={"description": "the steps that the reporter may take now"}
    )
    # The last field, because it hides the function of its name.
    number = text("LY-20261122-0007")


class _Slip(Request):
    number = Text(required=True, most=40, example="LY-20261122-0007", description="in any case, with or without hyphens")
    token = Text(required=True, most=100, example="K7MW-3XQ9", description="the code; case, spaces and hyphens do not matter")


class LookUpCase(_Slip):
    pass


class SlipStep(Expecting, _Slip):
    pass


def _request(name: str, says: tuple[StepField, ...]) -> Any:
    return SlipStep.from_dict({said.name: said.field for said in says}, name=f"Slip{name.title()}")()


_REQUESTS = {name: _request(name, BY_NAME[name].says) for name in SLIP_STEPS}


class _AnySlipStep(SlipStep):
    """The request of any step of the reporter: `step`, and the fields of this step."""

    step = OneOf(*SLIP_STEPS, required=True)

    def load(self, data: Any, **rest: Any) -> Any:
        """The fields are checked by the request of the step alone."""
        if not isinstance(data, Mapping) or data.get("step") not in SLIP_STEPS:
            return super().load(data, **rest)
        own = {name: value for name, value in data.items() if name != "step"}
        return {"step": data["step"]} | _REQUESTS[data["step"]].load(own, **rest)


LOOK_UP_CASE = Query(
    "cases.look_up_case",
    "Follow a case by number and code",
    takes=LookUpCase(),
    gives=LookedUp(),
    refuses=(CaseNotFound,),
    description="The public side of the case, and the steps that its reporter may take. The answer is 404 if the number or the "
    "code is wrong.",
)
TAKE_SLIP_STEP = Command(
    "cases.take_slip_step",
    "Take a step of the reporter by number and code",
    takes=_AnySlipStep.from_dict(
        {said.name: optional(said) for name in SLIP_STEPS for said in BY_NAME[name].says}, name="TakeSlipStep"
    )(),
    gives=LookedUp(),
    refuses=(CaseNotFound, NotYourStep, IllegalTransition),
    description="For example, to answer a question or to rate the result. Nothing about the caller is stored.",
)
