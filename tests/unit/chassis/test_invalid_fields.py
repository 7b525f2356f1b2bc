"""A rule that a model or use case finds broken is told in the reader's language, with the same code in both."""

import pytest

from chassis.rpc.refusal import Invalid, InvalidField
from chassis.rpc.rules import OUT_OF_RANGE, Rule
from chassis.rpc.wire import Outcome


def test_the_message_is_in_the_language_of_the_reader() -> None:
    refusal = InvalidField(OUT_OF_RANGE, "location.lat", least=-90, most=90)
    assert (refusal.code, refusal.kind) == ("invalid", "invalid") and isinstance(refusal, Invalid)
    told = {language: Outcome.refused(refusal, language).refusal for language in ("en", "zh-CN")}
    assert told["en"] == [
        "invalid",
        "invalid",
        "Some fields are not valid.",
        {"errors": [{"field": "location.lat", "code": "out_of_range", "message": "This must be from -90 to 90."}]},
    ]
    assert told["zh-CN"] == [
        "invalid",
        "invalid",
        "部分字段无效。",
        {"errors": [{"field": "location.lat", "code": "out_of_range", "message": "应在 -90 到 90 之间。"}]},
    ]


def test_two_rules_cannot_have_one_code() -> None:
    with pytest.raises(ValueError, match="required"):
        Rule("required", "Again.", "又一次。")
