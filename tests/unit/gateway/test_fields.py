"""What the API's fields take, and what only looks like it."""

from typing import Any

import pytest
from marshmallow import ValidationError

from gateway.api.fields import Flag


@pytest.mark.parametrize("value", [1, 0, 1.0, "true", "false", "yes", "", [], {}])
def test_a_flag_in_a_body_is_true_or_false(value: Any) -> None:
    assert Flag().deserialize(True) is True
    assert Flag().deserialize(False) is False
    with pytest.raises(ValidationError):
        Flag().deserialize(value)


@pytest.mark.parametrize("value", ["1", "0", "yes", ""])
def test_a_flag_in_a_query_is_one_of_two_words(value: str) -> None:
    assert Flag(strict=False).deserialize("true") is True
    assert Flag(strict=False).deserialize("false") is False
    with pytest.raises(ValidationError):
        Flag(strict=False).deserialize(value)
