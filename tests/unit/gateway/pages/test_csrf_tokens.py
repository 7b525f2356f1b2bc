"""The mask over the CSRF token: another one in every answer, and none of it left where the token is checked."""

import re

import pytest

from gateway.http import csrf_tokens
from tests.unit.gateway.pages.conftest import Browser

TOKEN = "IjQ5NDlkOTYi.aSbFJw.x7Q_-f0"


def test_a_mask_comes_off_and_no_two_are_alike() -> None:
    first, second = csrf_tokens.masked(TOKEN), csrf_tokens.masked(TOKEN)
    assert csrf_tokens.unmasked(first) == csrf_tokens.unmasked(second) == TOKEN
    assert not any(first[start : start + 8] in second for start in range(len(first) - 8))
    assert re.fullmatch(r"[A-Za-z0-9_\-]+", first), "it goes into a header as it is"


@pytest.mark.parametrize("text", [TOKEN, "", "x", "邻里", "a" * 7, "A=B", "\x00", "a b c d "])
def test_what_was_not_masked_is_left_to_flask_wtf(text: str) -> None:
    assert csrf_tokens.unmasked(text) == text


def test_a_token_that_another_program_has_kept_without_its_mask_is_still_one(visitor: Browser) -> None:
    form = visitor.get("/spaces").form("/preferences")
    assert visitor.send(form, csrf_token=csrf_tokens.unmasked(form.fields["csrf_token"])).status_code == 303
    assert visitor.send(form, csrf_token=form.fields["csrf_token"][:-4]).status_code == 403


def test_all_forms_of_a_page_have_the_same_token_and_the_next_page_another(visitor: Browser) -> None:
    def tokens() -> set[str]:
        return {form.fields["csrf_token"] for form in visitor.get("/sign-in").forms if form.method == "post"}

    first, second = tokens(), tokens()
    assert len(first) == len(second) == 1
    assert first != second
    assert len({csrf_tokens.unmasked(token)[:30] for token in first | second}) == 1, "one secret under both"
