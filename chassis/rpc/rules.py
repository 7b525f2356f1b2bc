"""Rules of form for fields. Each rule has a stable code and a sentence in Chinese and English."""

from typing import Any, ClassVar


class Rule:
    """A rule of form for a field. `en` and `zh` may contain details in braces: `At most {most} characters.`"""

    ALL: ClassVar[dict[str, "Rule"]] = {}

    def __init__(self, code: str, en: str, zh: str) -> None:
        """Raises ValueError if another rule has the same code."""
        if code in Rule.ALL:
            raise ValueError(f"two rules with the code {code}")
        self.code, self.en, self.zh = code, en, zh
        Rule.ALL[code] = self

    def text(self, language: str, details: dict[str, Any]) -> str:
        """Return the sentence in `language` (`en`). Other languages get Chinese."""
        return (self.en if language.startswith("en") else self.zh).format_map(details)


def field_error(rule: Rule, field: str, language: str, **details: Any) -> dict[str, str]:
    """Return {field, code, message}, with the message in `language`."""
    return {"field": field, "code": rule.code, "message": rule.text(language, details)}


REQUIRED = Rule("required", "Please fill this in.", "请填写此项。")
UNKNOWN_FIELD = Rule("unknown_field", "There is no such field.", "没有这个字段。")
NULL = Rule("null", "This must not be null; leave it out instead.", "不能为 null，可以不填。")
INVALID = Rule("invalid", "Please check this.", "请检查此项。")
NOT_AN_OBJECT = Rule("not_an_object", "This must be a JSON object.", "应为 JSON 对象。")
NOT_A_LIST = Rule("not_a_list", "This must be a list.", "应为列表。")
NOT_TEXT = Rule("not_text", "This must be text.", "应为文字。")
NOT_AN_ID = Rule("not_an_id", "This is not an id.", "编号格式不对。")
NOT_A_NUMBER = Rule("not_a_number", "This must be a whole number.", "应为整数。")
NOT_A_DECIMAL = Rule("not_a_decimal", "This must be a number.", "应为数字。")
NOT_A_BOOLEAN = Rule("not_a_boolean", "This must be true or false.", "应为 true 或 false。")
NOT_A_TIME = Rule(
    "not_a_time", "This must be a time such as 2026-03-02T09:00:00+08:00.", "时间格式应如 2026-03-02T09:00:00+08:00。"
)
NAIVE_TIME = Rule("naive_time", "The time needs an offset, such as +08:00.", "时间须带时区，例如 +08:00。")
NOT_A_DATE = Rule("not_a_date", "This must be a date such as 2026-03-02.", "日期格式应如 2026-03-02。")
OUT_OF_RANGE = Rule("out_of_range", "This must be from {least} to {most}.", "应在 {least} 到 {most} 之间。")
TOO_LONG = Rule("too_long", "At most {most} characters.", "最多 {most} 个字。")
TOO_SHORT = Rule("too_short", "At least {least} characters.", "至少 {least} 个字。")
TOO_MANY = Rule("too_many_items", "At most {most}.", "最多 {most} 个。")
TOO_FEW = Rule("too_few_items", "At least {least}.", "至少 {least} 个。")
BLANK = Rule("blank", "There is nothing to read in this text.", "内容不能为空白。")
CONTROL_CHARACTERS = Rule("control_characters", "Control characters are not text.", "不能包含控制字符。")
NOT_A_CHOICE = Rule("not_a_choice", "Please choose one of: {choices}.", "只能是以下之一：{choices}。")
NOT_A_CODE = Rule(
    "not_a_code",
    "Letters, digits, dots, dashes and underscores, 64 at most.",
    "只能用字母、数字、点、横线和下划线，最多 64 个。",
)
DUPLICATE = Rule("duplicate", "Each can be given once.", "不能重复。")
NOT_IN_ORDER = Rule("not_in_order", "This must be after {other}.", "须晚于 {other}。")
BAD_CURSOR = Rule("bad_cursor", "This is not a cursor of this list.", "翻页标记无效。")
UNKNOWN = Rule("unknown", "This is not in use here. Please choose another.", "没有这一项或已停用，请另选。")
