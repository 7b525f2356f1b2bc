"""How a service says no.

A refusal is an answer, not a failure: nothing was written, nothing was published, and the caller is told a stable
code, a sentence in its own language, and the details a program needs. Each service lists its refusals in its
`refusals.py`, one class each:

    class SpaceTaken(Refusal):
        code = "booking.space_taken"
        kind = "conflict"
        en = "The space is already taken at that time."
        zh = "该时段已被预约。"

`kind` is what the gateway turns into an HTTP status, in one place; services know nothing of HTTP.
"""

from typing import Any, ClassVar, Literal

from chassis.rpc.rules import Rule, field_error

Kind = Literal[
    "invalid",  # the request itself is wrong, whatever the state
    "unauthenticated",  # nobody is signed in, or the proof is expired or forged
    "forbidden",  # known who asks, and it is not theirs to do
    "not_found",  # it is not there, or its existence is private
    "conflict",  # right request, wrong state
    "gone",  # it was there, and is over
    "precondition",  # the caller saw an older version
    "too_many",  # ask again later
    "unavailable",  # the platform cannot say now
]


class Refusal(Exception):
    """A clear no, with `code`, `kind`, a text in two languages and `details` (JSON values only)."""

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = "conflict"
    en: ClassVar[str] = "The request was refused."
    zh: ClassVar[str] = "请求被拒绝。"

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code)
        self.details = details

    def text(self, language: str) -> str:
        """The sentence for a person, in `language` (`zh-CN` or `en`; anything else reads Chinese)."""
        template = self.en if language.startswith("en") else self.zh
        return template.format_map(_Gaps(self.details))

    def details_for(self, language: str) -> dict[str, Any]:
        """`details` as they are told to a reader of `language`."""
        return self.details

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"


class _Gaps(dict[str, Any]):
    """Details for a template: what is missing shows as a dash instead of hiding the refusal behind a KeyError."""

    def __missing__(self, key: str) -> str:
        return "–"


class Invalid(Refusal):
    """Input that breaks a rule of form. `errors` is a list of {field, code, message}; field is a JSON pointer-like
    dotted path."""

    code = "invalid"
    kind = "invalid"
    en = "Some fields are not valid."
    zh = "部分字段无效。"


class InvalidField(Invalid):
    """One field that breaks `rule`; `details` fill the rule's sentence."""

    def __init__(self, rule: Rule, field: str, **details: Any) -> None:
        super().__init__()
        self._rule, self._field, self._details = rule, field, details

    def details_for(self, language: str) -> dict[str, Any]:
        return {"errors": [field_error(self._rule, self._field, language, **self._details)]}


class NotFound(Refusal):
    code = "not_found"
    kind = "not_found"
    en = "There is no such thing."
    zh = "没有找到。"


class Forbidden(Refusal):
    code = "forbidden"
    kind = "forbidden"
    en = "This is not yours to do."
    zh = "您没有权限进行此操作。"


class Unauthenticated(Refusal):
    code = "unauthenticated"
    kind = "unauthenticated"
    en = "Please sign in first."
    zh = "请先登录。"


class VersionMismatch(Refusal):
    """The caller acted on an older version than the stored one (If-Match)."""

    code = "version_mismatch"
    kind = "precondition"
    en = "It has changed since you last saw it; load it again."
    zh = "内容已被更新，请刷新后重试。"


class Refused(Exception):
    """A refusal as the caller of an RPC sees it: the text is already in the caller's language."""

    def __init__(self, code: str, kind: Kind, message: str, details: dict[str, Any]) -> None:
        super().__init__(code, kind, message, details)
        self.code = code
        self.kind = kind
        self.message = message
        self.details = details
