"""How verbs become an interface and entrypoints, and what a refusal says about codes."""

from types import ModuleType
from typing import Any, ClassVar

import pytest

from chassis.rpc.entrypoints import entrypoint_of
from chassis.rpc.interface import Answer, Command, Expecting, Interface, Text, Verb, Words
from chassis.rpc.refusal import Labels, Refusal


class Lend(Expecting):
    title = Text(most=20, required=True)
    note = Text(most=20)


def verb(address: str) -> Verb:
    return Command(address, "Lend a book", takes=Lend(), gives=Answer())


def module(**members: Any) -> ModuleType:
    made = ModuleType("lending")
    vars(made).update(members)
    return made


def test_an_interface_has_the_verbs_of_its_modules_by_themselves_and_in_dictionaries() -> None:
    one, *more = (verb(f"lending.{name}") for name in ("lend", "return", "renew"))
    found = Interface("lending", module(ONE=one, MORE=dict(enumerate(more)), OTHER={"x": 1}))
    assert list(found) == [one, *more]


@pytest.mark.parametrize("wrong", [verb("buying.lend"), verb("lending.lend")])
def test_a_verb_of_another_service_or_with_a_name_that_is_taken_is_refused(wrong: Verb) -> None:
    with pytest.raises(ValueError, match="cannot be declared in lending"):
        Interface("lending", module(ONE=verb("lending.lend"), MORE={"again": wrong}))


def test_a_use_case_may_take_the_other_fields_together() -> None:
    def lend(call: Any, *, title: str, **rest: Any) -> None: ...

    assert entrypoint_of(verb("lending.lend"), lend)


def test_a_use_case_that_does_not_take_a_field_is_refused() -> None:
    def lend(call: Any, *, title: str) -> None: ...

    with pytest.raises(TypeError, match=r"lending.lend: its use case takes no expected_version, note|note, expected_version"):
        entrypoint_of(verb("lending.lend"), lend)


def test_a_use_case_that_needs_an_optional_field_is_refused_also_if_it_takes_the_others_together() -> None:
    def lend(call: Any, *, note: str, **rest: Any) -> None: ...

    with pytest.raises(TypeError, match="its use case needs note"):
        entrypoint_of(verb("lending.lend"), lend)


class OnLoan(Refusal):
    en, zh = "It is {state} until {day}.", "图书{state}，至{day}。"
    labels: ClassVar[Labels] = {"state": Words({"out": ("已借出", "on loan")}).labels}


def test_a_refusal_shows_the_labels_of_codes() -> None:
    refusal = OnLoan(state="out", day="Monday")
    assert (refusal.text("en"), refusal.text("zh-CN")) == ("It is on loan until Monday.", "图书已借出，至Monday。")
    assert refusal.details_for("en") == {"state": "out", "day": "Monday"}
    assert OnLoan(state="of a newer release", day="Monday").text("en") == "It is of a newer release until Monday."
    assert OnLoan().text("en") == "It is – until –."
