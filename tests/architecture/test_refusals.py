"""A refusal's code is an interface: stable in form, used once, and said in both languages."""

import re
from importlib import import_module
from pkgutil import iter_modules

from chassis.rpc.refusal import Refusal
from gateway import refusals
from tests.architecture.tree import SERVICES


def every_refusal() -> list[type[Refusal]]:
    for service in SERVICES:
        import_module(f"services.{service}.interface.refusals")
    for module in iter_modules(refusals.__path__):
        import_module(f"{refusals.__name__}.{module.name}")
    found, queue = [], [Refusal]
    while queue:
        found.append(kind := queue.pop())
        queue += kind.__subclasses__()
    return found


def test_codes_are_slugs_and_mean_one_thing_each() -> None:
    meanings: dict[str, set[tuple[str, str, str]]] = {}
    for kind in every_refusal():
        assert re.fullmatch(r"([a-z_]+\.)?[a-z][a-z0-9_]*", kind.code), kind
        if "code" in vars(kind):
            meanings.setdefault(kind.code, set()).add((kind.kind, kind.en, kind.zh))
    assert len(meanings) > 20
    assert {code: said for code, said in meanings.items() if len(said) > 1} == {}


def test_every_refusal_speaks_both_languages() -> None:
    for kind in every_refusal():
        assert re.search(r"[\u4e00-\u9fff]", kind.zh), f"{kind.__name__} says no Chinese"
        assert kind.en and not re.search(r"[\u4e00-\u9fff]", kind.en), f"{kind.__name__} says no English"
