"""Personal fields are sealed, found by a keyed hash, and move to a new key."""

import pytest
from cryptography.fernet import Fernet, InvalidToken

from chassis.config import DERIVED
from chassis.rpc.refusal import Invalid
from gateway.accounts.personal import PersonalFields
from gateway.accounts.phones import normalised

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_sealing_hides_and_opens() -> None:
    personal = PersonalFields([OLD], [DERIVED])
    sealed = personal.seal("王秀英")
    assert "王秀英".encode() not in sealed and sealed != personal.seal("王秀英")
    assert personal.open(sealed) == "王秀英"


def test_an_index_finds_the_same_value_only() -> None:
    personal = PersonalFields([OLD], [DERIVED])
    assert personal.index("+8619900000001") == personal.index("+8619900000001") != personal.index("+8619900000002")


def test_without_the_key_an_index_says_nothing() -> None:
    assert PersonalFields([OLD], [DERIVED]).index("+8619900000001") != PersonalFields([NEW], [DERIVED]).index("+8619900000001")


def test_a_new_key_reads_and_finds_what_the_old_one_sealed() -> None:
    old, both, new = PersonalFields([OLD], [DERIVED]), PersonalFields([NEW, OLD], [DERIVED]), PersonalFields([NEW], [DERIVED])
    sealed = old.seal("王秀英")
    assert both.open(sealed) == "王秀英"
    assert old.index("x") in both.indexes("x") and new.index("x") == both.index("x")
    with pytest.raises(InvalidToken):
        new.open(sealed)
    assert new.open(both.renew(sealed)) == "王秀英"
    assert (old.key_id, both.key_id) == (PersonalFields([OLD, NEW], [DERIVED]).key_id, new.key_id)


def test_no_key_is_no_way_to_keep_secrets() -> None:
    with pytest.raises(ValueError, match="key"):
        PersonalFields([], [DERIVED])


@pytest.mark.parametrize(
    "written", ["19900000001", "199 0000 0001", "+86 199-0000-0001", "0086 19900000001", "８６19900000001"]
)
def test_one_phone_in_many_hands_is_one_phone(written: str) -> None:
    assert normalised(written) == "+8619900000001"


@pytest.mark.parametrize("written", ["+85291234567", "+886912345678", "+85366123456"])
def test_phones_of_the_neighbourhood(written: str) -> None:
    assert normalised(written) == written


@pytest.mark.parametrize("written", ["", "110", "03948230000", "+12025550123", "1990000000", "word", "+8612345"])
def test_what_is_no_mobile_phone_here(written: str) -> None:
    with pytest.raises(Invalid):
        normalised(written)
