"""Every error code of the platform, with its status and its sentence in both languages.

The codes are collected from the classes of refusals and from the rules, in the services' interfaces, the chassis and the
gateway.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from chassis.rpc.refusal import Kind, Refusal
from chassis.rpc.rules import Rule
from gateway import refusals
from gateway.http.problems import OF_STATUS, STATUS_OF_KIND


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. Braces in the sentences are placeholders for details."""

    code: str
    status: int
    en: str
    zh: str


KIND_OF_STATUS: dict[int, Kind] = {status: kind for kind, status in STATUS_OF_KIND.items()}


@cache
def problems() -> dict[str, Entry]:
    """All problems by code, sorted."""
    for module in iter_modules(refusals.__path__):  # also those that no module has imported yet
        import_module(f"{refusals.__name__}.{module.name}")
    found = {code: Entry(code, status, en, zh) for status, (code, en, zh) in OF_STATUS.items()}
    found |= {kind.code: Entry(kind.code, STATUS_OF_KIND[kind.kind], kind.en, kind.zh) for kind in _refusals(Refusal)}
    return dict(sorted(found.items()))


def rules() -> dict[str, Rule]:
    """All codes of single fields (`errors[].code`), sorted."""
    return dict(sorted(Rule.ALL.items()))


def _refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        if "code" in vars(below) and below.__module__.split(".")[0] in ("chassis", "gateway", "services"):
            yield below
        yield from _refusals(below)


def as_markdown() -> str:
    """docs/problems.md."""
    rows = [f"| `{entry.code}` | {entry.status} | {entry.en} | {entry.zh} |" for entry in problems().values()]
    fields = [f"| `{rule.code}` | {rule.en} | {rule.zh} |" for rule in rules().values()]
    return "\n".join(
        [
            "# Problems · 错误代码",
            "",
            "Every error is `application/problem+json` (RFC 9457). `code` is stable. `type` is the address of a page about the",
            "code, `/problems/<code>`. The sentence is in the language of Accept-Language. Braces are placeholders.",
            "`make format` generates this file.",
            "",
            "| code | status | English | 中文 |",
            "|---|---|---|---|",
            *rows,
            "",
            "## Codes of fields · 字段错误代码",
            "",
            "In `errors[]` of a 422, `field` is a dotted path, `code` is one of these, and `message` is for the reader.",
            "",
            "| code | English | 中文 |",
            "|---|---|---|",
            *fields,
            "",
        ]
    )


if __name__ == "__main__":
    from gateway.api import RESOURCES  # loads every module that declares a refusal or a rule

    assert RESOURCES  # noqa: S101  so that the import is used
    print(as_markdown(), end="")
