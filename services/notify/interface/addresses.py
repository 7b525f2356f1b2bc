"""Phone numbers and e-mail addresses: one spelling each, and what may be shown of them."""

from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

HOME_REGION: Final = "CN"
_HOME_CODE: Final = 86
_CAN_RECEIVE_SMS: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def normalised(channel: str, text: str) -> str:
    """The one spelling of an address: E.164 (`+8619900000001`) for `sms`, ASCII in lower case for `email`. A number
    without country code is Chinese. Raises ValueError for what is no mobile number or no address."""
    return _phone(text) if channel == "sms" else _email(text)


def shown(channel: str, address: str) -> str:
    """As its owner writes it: a Chinese number without country code."""
    if channel != "sms":
        return address
    number = phonenumbers.parse(address)
    return str(number.national_number) if number.country_code == _HOME_CODE else address


def masked(channel: str, address: str) -> str:
    """Enough for the owner to recognise it, too little for anybody to use it: `199****0001`, `w***@example.com`."""
    if channel == "sms":
        text = shown(channel, address)
        return f"{text[:-8]}****{text[-4:]}"
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except NumberParseException as error:
        raise ValueError("not a phone number") from error
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _CAN_RECEIVE_SMS:
        raise ValueError("not a mobile phone number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _email(text: str) -> str:
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError("not an e-mail address") from error
    return (found.ascii_email or found.normalized).lower()
