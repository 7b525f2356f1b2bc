"""Phone numbers of residents in one format, so that each phone has one account."""

from chassis.rpc.refusal import InvalidField
from services.notify.interface.addresses import BAD_ADDRESS, SMS, normalised_phone


def normalised(phone: str, field: str = "phone") -> str:
    """The mobile number in E.164 (+8619900000001). A number without a country code is Chinese. Raises InvalidField for `field`
    if it is not a mobile number of our regions."""
    try:
        return normalised_phone(phone)
    except ValueError as error:
        raise InvalidField(BAD_ADDRESS[SMS], field) from error
