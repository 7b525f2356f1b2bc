"""Refusals: how a service declines a request.

A refusal is an answer, not a failure. Nothing was written and nothing was published. The caller gets a stable code, a
sentence in its language, and details for programs. Each service declares its refusals in its `refusals.py`, one class
for each:

    class SpaceTaken(Refusal):
        code = "booking.space_taken"
        kind = "conflict"
        en = "The space is already taken at that time."
        zh = "该时段已被预约。"

The gateway translates `kind` into an HTTP status, in one place. Services do not know HTTP.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from chassis.rpc.rules import Rule, field_error

Kind = Literal[
    "invalid",  # the request is wrong in every state
    "unauthenticated",  # the caller is not signed in, or its token is expired or forged
    "forbidden",  # the caller is signed in, but has no right to do this
    "not_found",  # the thing does not exist, or its existence is private
    "conflict",  # the request is correct, but the state does not allow it
    "gone",  # the thing existed, and has ended
    "precondition",  # the caller saw an older version
    "too_many",  # too many requests; try again later
    "unavailable",  # the platform cannot answer now
]

Labels = Mapping[str, Mapping[str, Mapping[str, str]]]  # the `labels` of a word list (Words), by the name of the detail


class Refusal(Exception):
    """Base of all refusals: `code`, `kind`, a text in two languages and `details` (JSON values only)."""

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = "conflict"
    en: ClassVar[str] = "The request was refused."
    zh: ClassVar[str] = "请求被拒绝。"
    labels: ClassVar[Labels] = {}  # for details that are codes. The sentence shows the label; `details` keeps the code.

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code)
        self.details = details

    def text(self, language: str) -> str:
        """Return the sentence for people in `language` (`zh-CN` or `en`). Other languages get Chinese."""
        template, code = (self.en, "en") if language.startswith("en") else (self.zh, "zh-CN")
        given = {name: self.details[name] for name in self.labels if name in self.details}
        shown = {name: self.labels[name].get(value, {}).get(code, value) for name, value in given.items()}
        return template.format_map(_MissingAsDash(self.details | shown))

    def in_words(self) -> dict[str, str]:
        """Return the sentence by language (`zh-CN`, `en`), for readers who are not known yet."""
        return {language: self.text(language) for language in ("zh-CN", "en")}

    def details_for(self, language: str) -> dict[str, Any]:
        """Return `details` for a reader of `language`."""
        return self.details

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"


class _MissingAsDash(dict[str, Any]):
    """Details for a template. A missing detail becomes a dash, so that no KeyError hides the refusal."""

    def __missing__(self, key: str) -> str:
        return "–"


class Invalid(Refusal):
    """The input breaks a rule of form. `errors` is a list of {field, code, message}. `field` is a dotted path."""

    code = "invalid"
    kind = "invalid"
    en = "Some fields are not valid."
    zh = "部分字段无效。"


class InvalidField(Invalid):
    """One field breaks `rule`. `details` fill the sentence of the rule."""

    def __init__(self, rule: Rule, field: str, **details: Any) -> None:
        super().__init__()
        self._rule, self._field, self._details = rule, field, details

    def details_for(self, language: str) -> dict[str, Any]:
        return {"errors": [field_error(self._rule, self._field, language, **self._details)]}


class NotFound(Refusal):
    """The thing does not exist, or the caller may not know that it exists."""

    code = "not_found"
    kind = "not_found"
    en = "It was not found."
    zh = "没有找到。"


class Forbidden(Refusal):
    """The caller has no right to do this."""

    code = "forbidden"
    kind = "forbidden"
    en = "You are not allowed to do this."
    zh = "您没有权限进行此操作。"


class Unauthenticated(Refusal):
    """The caller is not signed in."""

    code = "unauthenticated"
    kind = "unauthenticated"
    en = "Please sign in first."
    zh = "请先登录。"


class VersionMismatch(Refusal):
    """The caller acted on an older version than the stored version (If-Match)."""

    code = "version_mismatch"
    kind = "precondition"
    en = "It has changed since you last saw it; load it again."
    zh = "内容已被更新，请刷新后重试。"


class Refused(Exception):
    """A refusal as the caller of an RPC gets it. `message` is already in the caller's language."""

    def __init__(self, code: str, kind: Kind, message: str, details: dict[str, Any]) -> None:
        super().__init__(code, kind, message, details)
        self.code = code
        self.kind = kind
        self.message = message
        self.details = details
