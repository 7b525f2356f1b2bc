"""Phone numbers in one written form, so that one phone is one account."""

import phonenumbers
from phonenumbers import PhoneNumberType

from gateway.refusals import invalid

# Where residents' phones are; also keeps codes from being sent to costly numbers elsewhere.
REGIONS = frozenset({"CN", "HK", "MO", "TW"})
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def normalised(phone: str) -> str:
    """The mobile number in E.164 (+8619900000001); numbers without a country code are Chinese.
    Raises Invalid for anything that is not a mobile number of our regions."""
    try:
        number = phonenumbers.parse(phone, "CN")
    except phonenumbers.NumberParseException as error:
        raise invalid("phone", "bad_phone", "not a mobile phone number") from error
    region = phonenumbers.region_code_for_number(number)
    if region not in REGIONS or phonenumbers.number_type(number) not in _MOBILE:
        raise invalid("phone", "bad_phone", "not a mobile phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
