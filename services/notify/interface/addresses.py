"""The rules for phone numbers and e-mail addresses of the whole platform: which are accepted, how they are stored, and
how they are shown. The gateway uses them for accounts."""

from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from chassis.rpc.rules import Rule

EMAIL: Final = "email"
SMS: Final = "sms"
ADDRESS_CHANNELS: Final = (SMS, EMAIL)  # channels that need an address

HOME_REGION: Final = "CN"
# Residents' phones are in these regions. Codes are never sent to other ones, where an SMS can be expensive.
REGIONS: Final = frozenset({"CN", "HK", "MO", "TW"})
_HOME_CODE: Final = 86
_MOBILE: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})

BAD_ADDRESS: Final = {
    SMS: Rule(
        "bad_phone",
        "This is not a mobile number of mainland China, Hong Kong, Macao or Taiwan.",
        "这不是中国大陆、香港、澳门或台湾的手机号，请检查。",
    ),
    EMAIL: Rule("bad_email", "This is not an e-mail address.", "这不像一个邮箱地址，请检查。"),
}


def normalised(channel: str, text: str) -> str:
    """The stored form of an address of `channel` (`sms` or `email`). Raises ValueError if it is none; the field then
    breaks BAD_ADDRESS[channel]."""
    return normalised_phone(text) if channel == SMS else normalised_email(text)


def normalised_phone(text: str) -> str:
    """A mobile number in E.164: `+8619900000001`. A number without a country code is Chinese. Raises ValueError for
    anything that is not a mobile number of REGIONS."""
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except NumberParseException as error:
        raise ValueError("not a phone number") from error
    if phonenumbers.number_type(number) not in _MOBILE:
        raise ValueError("not a mobile phone number")
    if phonenumbers.region_code_for_number(number) not in REGIONS:
        raise ValueError("not a phone number of these regions")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def normalised_email(text: str) -> str:
    """An e-mail address in ASCII and lower case; the domain in Punycode. Raises ValueError for anything else."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError("not an e-mail address") from error
    return (found.ascii_email or found.normalized).lower()


def shown(channel: str, address: str) -> str:
    """A stored address as its owner writes it: a Chinese number without the country code."""
    if channel != SMS:
        return address
    number = phonenumbers.parse(address)
    return str(number.national_number) if number.country_code == _HOME_CODE else address


def masked(channel: str, address: str) -> str:
    """A stored address of which too little is shown to use it: `199****0001`, `w***@example.com`."""
    if channel == SMS:
        text = shown(channel, address)
        return f"{text[:-8]}****{text[-4:]}"
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
