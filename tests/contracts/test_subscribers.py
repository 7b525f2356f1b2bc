"""The example of an outside system, `org1`, may bind its queue by what the catalogue suggests, and by nothing that brings more
than it was granted. The same on a real broker: tests/integration/broker/test_subscribers.py."""

import re

import pytest

from chassis.cli.asyncapi import every_contract
from chassis.messaging.asyncapi import document
from tests import outside_permissions

TYPES = sorted(contract.type for contracts in every_contract() for contract in contracts)
SUBJECTS, VERBS = ({type_.split(".")[place] for type_ in TYPES} for place in (0, 1))
READ = re.compile(outside_permissions.of("topic_permissions", "org1")["read"])
GRANTED = {type_ for type_ in TYPES if READ.search(type_)}
DESCRIPTION = document(every_contract(), "1.2.3")["info"]["description"]
SUGGESTED = [text for text in re.findall(r"`([^`]+)`", DESCRIPTION) if re.fullmatch(r"[a-z_*#]+(\.[a-z0-9_*#]+)+", text)]


def brought_by(binding: str) -> set[str]:
    """Types that a topic exchange would route by `binding`: `*` is one word, `#` any number of them."""
    words = [{"*": r"[^.]+", "#": r".*"}.get(word, re.escape(word)) for word in binding.split(".")]
    shape = re.compile(r"\.".join(words).replace(r"\..*", r"(?:\..*)?").replace(r".*\.", r"(?:.*\.)?"))
    return {type_ for type_ in TYPES if shape.fullmatch(type_)}


def bindings() -> list[str]:
    """Every way to name types by subject, verb and version."""
    made = ["#", "*", "*.#", "#.#", "#.v1", "*.*", "*.*.*", "*.*.v1"]
    for verb in VERBS:
        made += [f"{first}.{verb}.{last}" for first in ("*", "#") for last in ("v1", "v2", "*", "#")] + [
            f"*.{verb}",
            f"#.{verb}",
        ]
    for subject in SUBJECTS:
        made += [f"{subject}.#", f"{subject}.*.v1", f"{subject}.*.*", f"#.{subject}.#"]
    return made + TYPES


def test_a_topic_is_matched_as_the_broker_does() -> None:
    assert brought_by("#") == brought_by("*.*.*") == brought_by("#.v1") == set(TYPES)
    assert brought_by("*") == brought_by("*.cancelled") == set()
    assert brought_by("*.cancelled.v1") == {f"{subject}.cancelled.v1" for subject in ("booking", "club_event", "registration")}
    assert brought_by("club.#") == {"club.joined.v1", "club.left.v1"}


def test_the_example_is_granted_some_subjects_and_not_all() -> None:
    assert {"booking.confirmed.v1", "case.closed.v1", "club_event.published.v1", "registration.promoted.v1"} <= GRANTED
    assert {"club.joined.v1", "notification.sent.v1"}.isdisjoint(GRANTED)


def test_the_catalogue_suggests_bindings() -> None:
    assert {"booking.#", "*.changed.v1"} <= {*SUGGESTED} and {*SUGGESTED} & {*TYPES}


@pytest.mark.parametrize("binding", [text for text in SUGGESTED if text != "district.events"])
def test_what_the_catalogue_suggests_is_allowed(binding: str) -> None:
    assert READ.search(binding)
    assert brought_by(binding)


@pytest.mark.parametrize("version", ["v1", "*", "#"])
def test_one_verb_of_several_subjects_is_allowed_if_all_of_them_are_granted(version: str) -> None:
    several = {verb for verb in VERBS if len(brought_by(f"*.{verb}.v1")) > 1}
    assert {"cancelled", "confirmed"} <= several
    for binding in (f"*.{verb}.{version}" for verb in several):
        assert bool(READ.search(binding)) == (brought_by(binding) <= GRANTED), binding


def test_nothing_that_is_allowed_brings_more_than_is_granted() -> None:
    too_much = {binding: brought_by(binding) - GRANTED for binding in bindings() if READ.search(binding)}
    assert {binding: types for binding, types in too_much.items() if types} == {}
