"""Phone numbers and addresses as fields of requests."""

from typing import Any

from marshmallow import fields

from chassis.rpc.interface import FieldError
from services.notify.interface.addresses import BAD_ADDRESS, SMS, normalised


def normalised_address(channel: str, address: str, field: str = "_schema") -> str:
    """The stored form of an address of `channel`. Raises FieldError for `field` if it is none."""
    try:
        return normalised(channel, address)
    except ValueError as error:
        raise FieldError(BAD_ADDRESS[channel], field) from error


class Phone(fields.String):
    """A mobile number in any spelling; loads as E.164."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(metadata={"example": "19900000001"}, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> str:
        return normalised_address(SMS, super()._deserialize(value, attr, data, **rest))
