"""The outcome of each row of an import, and the digest that identifies all of them."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from chassis.rpc.refusal import Invalid, Refusal
from gateway.imports.columns import CellProblem
from gateway.imports.models import OUTCOMES


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be imported: the column (its code; empty for the whole row), a stable code, and the sentence in Chinese
    and in English."""

    column: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a row: one of OUTCOMES. `label` names it for people. `changes` are the fields that differ, as
    {column: [before, after]}. `version` is that of the existing record, so that a change by others is noticed."""

    line: int
    outcome: str
    label: str = ""
    changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    version: int | None = None
    problems: Sequence[Problem] = ()

    @classmethod
    def load(cls, value: dict[str, Any]) -> "Outcome":
        """From what `asdict` made."""
        return cls(**value | {"problems": [Problem(**problem) for problem in value["problems"]]})


def refused(line: int, label: str, refusal: Refusal, columns_of: Mapping[str, str]) -> Outcome:
    """The outcome of a row that a rule refuses. `columns_of` maps fields and codes of refusals to columns."""
    if isinstance(refusal, Invalid):
        pairs = zip(refusal.details_for("zh-CN")["errors"], refusal.details_for("en")["errors"], strict=True)
        problems = [Problem(_column(zh["field"], columns_of), zh["code"], zh["message"], en["message"]) for zh, en in pairs]
    else:
        column = columns_of.get(refusal.code, "")
        problems = [Problem(column, refusal.code, refusal.text("zh-CN"), refusal.text("en"))]
    return Outcome(line, "error", label, problems=problems)


def malformed(line: int, label: str, found: Sequence[CellProblem]) -> Outcome:
    """The outcome of a row with cells that break a rule of form."""
    problems = [
        Problem(one.column, one.rule.code, one.rule.text("zh-CN", dict(one.details)), one.rule.text("en", dict(one.details)))
        for one in found
    ]
    return Outcome(line, "error", label, problems=problems)


def digest_of(outcomes: Sequence[Outcome]) -> str:
    return hashlib.sha256(orjson.dumps([asdict(one) for one in outcomes], option=orjson.OPT_SORT_KEYS)).hexdigest()


def counts_of(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counted = Counter(one.outcome for one in outcomes)
    return {outcome: counted[outcome] for outcome in OUTCOMES}


def _column(field_name: str, columns_of: Mapping[str, str]) -> str:
    first = field_name.split(".")[0]
    return columns_of.get(field_name, columns_of.get(first, first))
