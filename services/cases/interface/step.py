"""What a row of the workflow says: a step, the states and roles it is for, and the fields that it asks for."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from marshmallow import fields

from services.cases.interface.states import State

PREVIOUS: Final = "previous"  # the target of a step that leads back to the state before the present one
Label = tuple[str, str]  # in Chinese and in English
Kind = Literal["text", "flag", "category", "department", "handler", "outcome"]


class Role(StrEnum):
    """What a person is to one case. A handler has the role HANDLER only for cases that they may settle (see
    Case.roles_of)."""

    REPORTER = "reporter"
    CLERK = "clerk"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepField:
    """A field that a step asks for. `field` checks it in requests. Forms use the other attributes: `label`, `kind` (a
    text, yes or no, or a choice from reference data, staff or outcomes), `blank` (what it means to leave out a choice), `yes`
    and `no` (the labels of a flag). `column` is the attribute of the case that keeps the value. The history keeps `words` as
    the note of the step."""

    name: str
    field: fields.Field[Any]
    label: Mapping[str, str]
    kind: Kind = "text"
    blank: Mapping[str, str] | None = None
    yes: Mapping[str, str] | None = None
    no: Mapping[str, str] | None = None
    column: str = ""
    words: bool = False

    @property
    def required(self) -> bool:
        return self.field.required

    @property
    def most(self) -> int | None:
        """The number of characters that a text may have."""
        return getattr(self.field, "most", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A row of the table: people with one of the `roles` may take the step `name` from the states `sources` to `target`.

    `label` is on the button, `taken` in the history, `summary` and `description` in the API's document. `says` are the
    fields of the step. `undoes` are the states whose facts the step takes back: their dates, and what the steps to them
    stored. `message` is the type of the message about the step. With `public` the reporter may read the words of the step;
    otherwise only staff may. If a flag of the step is answered with no, `if_no` is taken
    instead."""

    name: str
    label: Mapping[str, str]
    taken: Mapping[str, str]
    summary: str
    sources: Set[State]
    target: State | Literal["previous"]
    roles: Set[Role]
    message: str
    says: tuple[StepField, ...] = ()
    undoes: Set[State] = frozenset()
    public: bool = False
    if_no: "Step | None" = None
    description: str = "409 `case.illegal_transition` lists the possible steps in `details.allowed`."


def both(zh: str, en: str) -> dict[str, str]:
    """A label in both languages."""
    return {"zh-CN": zh, "en": en}


def by_source(table: Iterable[Step]) -> dict[tuple[str, str], Step]:
    """The rows by (name, source). Several rows may have one name, if they differ only in sources, target, roles and undoes.
    Raises ValueError for two rows of the same (name, source), for rows of one name that ask or say different things, and for
    two rules of one field, because the verb of any step takes the fields of all."""
    found: dict[tuple[str, str], Step] = {}
    shared: dict[str, tuple[object, ...]] = {}
    rules: dict[str, fields.Field[Any]] = {}
    for row in table:
        if twice := [asked.name for asked in row.says if rules.setdefault(asked.name, asked.field) is not asked.field]:
            raise ValueError(f"two rules for the field {', '.join(twice)}")
        common = (row.label, row.taken, row.summary, row.description, row.says, row.message, row.public)
        if shared.setdefault(row.name, common) != common:
            raise ValueError(f"the rows of the step {row.name} do not ask and say the same")
        for source in row.sources:
            if (row.name, source) in found:
                raise ValueError(f"two rows for the step {row.name} from the state {source}")
            found[row.name, source] = row
    return found


def facts_of(table: Iterable[Step]) -> dict[State, tuple[str, ...]]:
    """The facts of each state, as attributes of the case: when the case came into it, and what the steps to it stored."""
    rows = tuple(table)
    return {
        state: (f"{state}_at", *dict.fromkeys(s.column for row in rows if row.target == state for s in row.says if s.column))
        for state in State
    }
