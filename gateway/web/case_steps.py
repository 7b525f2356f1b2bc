"""The steps of a case on its pages: forms made from the steps in the case's answer, and the sent form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import abort, flash, request
from flask_babel import gettext

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http.showing import showing
from gateway.operations.people import check_subjects, nobody_sees
from gateway.web import people
from gateway.web.forms import details_of, text_of, version_sent
from gateway.web.labels import label, localized
from gateway.web.service_calls import Block, Json, block
from services.cases.interface.states import OUTCOMES
from services.cases.interface.workflow import BY_NAME, STEPS_TAKEN

Options = Sequence[tuple[str, str]]  # value and label
DISPATCH = "dispatch"
_FLAGS = {"yes": True, "no": False}
_STATUS = {"invalid": 422, "conflict": 409, "precondition": 409}


def _choices(listed: Block, key: str) -> Options:
    return [(item[key], localized(item["name"])) for item in listed]


# The choices of the kinds of fields that have some.
_OPTIONS: Mapping[str, Callable[[Json], Options]] = {
    "category": lambda case: _choices(block(client.cases.list_categories), "code"),
    "department": lambda case: _choices(block(client.cases.list_departments), "id"),
    "handler": lambda case: people.handlers_of(case["community_id"]),
    "outcome": lambda case: [(code, localized(words)) for code, words in OUTCOMES.labels.items()],
}


@dataclass(frozen=True, slots=True)
class RefusedStep:
    """A form that was refused. The page shows it again: `values` as they were typed, `errors` by field, and `problem` above
    the forms. What was typed stays on the page also if a colleague has taken the step meanwhile."""

    name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    status: int = 200
    version: int | None = None  # of the case, when the form was shown


NOTHING_REFUSED = RefusedStep()


def forms_of(case: Json, refused: RefusedStep = NOTHING_REFUSED) -> dict[str, Any]:
    """The variables of parts/steps.html: the steps that the reader may take, the options of their fields, and the refused
    form."""
    steps = case.get("steps", ())  # a service of an older release gives none
    kinds = {asked["kind"] for step in steps for asked in step["fields"]}
    options = {kind: choices(case) for kind, choices in _OPTIONS.items() if kind in kinds}
    return {"steps": steps, "options": options, "refused": refused}


def steps_since(history: Block, refused: RefusedStep) -> list[Json]:
    """What others did with the case while the refused form was being filled in, oldest first."""
    if refused.version is None:
        return []
    return [step for step in history if (step.get("version") or 0) > refused.version]


def take_sent_step(case_id: UUID | str, name: str) -> RefusedStep | None:
    """Take the step `name` of the sent form. Returns what `take_sent` returns."""

    def take(**said: Any) -> Json:
        check_subjects(said | {"case_id": str(case_id)})
        return client.cases.take_step(case_id=case_id, step=name, **said)

    return take_sent(name, take)


def take_sent(name: str, take: Callable[..., Json]) -> RefusedStep | None:
    """Take the step of the sent form with `take`, which gets its fields and `expected_version`. Returns None if it was taken. A
    form that is only shown again is not taken. Raises NotFound (HTTP) for an unknown step, and all refusals that are neither
    `invalid` nor about the state or version of the case."""
    if name not in BY_NAME:
        abort(404)
    asked = {said.name: said for said in BY_NAME[name].says}
    typed = {field: text for field in asked if (text := request.form.get(field, "").strip())}
    said: dict[str, Any] = {field: _FLAGS.get(text) if asked[field].kind == "flag" else text for field, text in typed.items()}
    expected_version = version_sent()
    if showing():
        return RefusedStep(name, typed)
    try:
        taken = take(expected_version=expected_version, **said)
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _STATUS:
            raise
        errors = {str(error["field"]): str(error["message"]) for error in details_of(refusal).get("errors", ())}
        problem = "" if errors and errors.keys() <= asked.keys() else text_of(refusal)
        return RefusedStep(name, typed, errors, problem, _STATUS[refusal.kind], expected_version)
    flash(gettext("%(number)s：%(step)s。", number=taken["number"], step=label(STEPS_TAKEN, name)), "good")
    if name == DISPATCH and nobody_sees(taken):
        flash(gettext("该承办单位在系统里还没有承办人，没有人会收到这张派单，请电话通知。"), "bad")
    return None
