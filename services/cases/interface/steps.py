"""The steps of a case after it was reported: one verb for all of them, and one for each. All are made from the workflow's
table. The HTTP API offers the verbs of the single steps, with their exact fields."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from marshmallow import Schema, fields

from chassis.rpc.interface import Command, Expecting, Id, OneOf
from services.cases.interface.cases import CaseWithSteps
from services.cases.interface.refusals import CaseNotFound, IllegalTransition, NotYourStep
from services.cases.interface.step import StepField
from services.cases.interface.workflow import BY_NAME, STEPS, TABLE

_REFUSES = (CaseNotFound, NotYourStep, IllegalTransition)


class StepRequest(Expecting):
    case_id = Id(required=True)


class _AnyStep(StepRequest):
    """The request of any step: `step`, and the fields of this step."""

    step = OneOf(*STEPS, required=True)

    def load(self, data: Any, **rest: Any) -> Any:
        """The fields are checked by the request of the step alone, so that its fields are required, and those of other steps
        unknown."""
        if not isinstance(data, Mapping) or data.get("step") not in STEPS:
            return super().load(data, **rest)
        step = data["step"]
        own = {name: value for name, value in data.items() if name != "step"}
        return {"step": step} | STEP_VERBS[step].takes.load(own, **rest)


def _request(name: str, says: tuple[StepField, ...]) -> Schema:
    return StepRequest.from_dict({said.name: said.field for said in says}, name=name)()


def optional(said: StepField) -> fields.Field[Any]:
    """The field of the step, for a request in which the step is not known yet."""
    field = copy(said.field)
    field.required = False
    return field


# accept_case, dispatch_case, …
STEP_VERBS = {
    name: Command(
        f"cases.{name}_case",
        row.summary,
        takes=_request(f"{name.title()}Case", row.says),
        gives=CaseWithSteps(),
        refuses=_REFUSES,
        description=row.description,
    )
    for name, row in BY_NAME.items()
}
TAKE_STEP = Command(
    "cases.take_step",
    "Take a step of a case",
    takes=_AnyStep.from_dict({said.name: optional(said) for row in TABLE for said in row.says}, name="TakeStep")(),
    gives=CaseWithSteps(),
    refuses=_REFUSES,
)
