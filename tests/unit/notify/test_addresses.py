import phonenumbers
import pytest

from services.notify.interface.addresses import masked, normalised, normalised_phone, shown


@pytest.mark.parametrize("written", ["19900000001", "199 0000 0001", "+86 199-0000-0001", "0086 19900000001"])
def test_a_phone_has_one_spelling(written: str) -> None:
    assert normalised("sms", written) == "+8619900000001"


@pytest.mark.parametrize("written", ["", "1990000000", "199000000012", "0394-8220000", "12345", "abc", "+1 415 555 267"])
def test_what_cannot_receive_an_sms_is_no_phone(written: str) -> None:
    with pytest.raises(ValueError):
        normalised("sms", written)


def test_a_foreign_mobile_keeps_its_country() -> None:
    assert normalised("sms", "+852 5123 4567") == "+85251234567"
    assert shown("sms", "+85251234567") == "+85251234567"


@pytest.mark.parametrize("written", ["+85291234567", "+85366123456", "+886912345678"])
def test_hong_kong_macao_and_taiwan_are_reached(written: str) -> None:
    assert normalised_phone(written) == written


@pytest.mark.parametrize("written", ["+4915123456789", "+12025550123", "+447911123456", "+6591234567"])
def test_mobiles_elsewhere_cost_too_much(written: str) -> None:
    assert phonenumbers.is_valid_number(phonenumbers.parse(written))
    with pytest.raises(ValueError, match="regions"):
        normalised_phone(written)


@pytest.mark.parametrize(
    ("written", "stored"),
    [(" Wang@Example.COM ", "wang@example.com"), ("li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s")],
)
def test_an_email_address_has_one_spelling(written: str, stored: str) -> None:
    assert normalised("email", written) == stored


@pytest.mark.parametrize(
    "written", ["", "wang", "wang@", "@example.com", "a b@example.com", "a@b\r\nBcc: c@d.com", "王@example.com"]
)
def test_what_cannot_receive_mail_is_no_address(written: str) -> None:
    with pytest.raises(ValueError):
        normalised("email", written)


def test_addresses_are_masked() -> None:
    assert masked("sms", "+8619900000001") == "199****0001"
    assert shown("sms", "+8619900000001") == "19900000001"
    assert masked("email", "wang@example.com") == "w***@example.com"
    assert masked("sms", "+85251234567") == "+852****4567"
