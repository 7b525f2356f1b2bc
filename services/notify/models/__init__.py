"""The tables of notify, and the rules on the things themselves."""

from services.notify.models.address_code import AddressCode
from services.notify.models.base import Base
from services.notify.models.code_allowance import CodeAllowance
from services.notify.models.contact_point import ContactPoint
from services.notify.models.delivery import Delivery, WrongState
from services.notify.models.notification import Notification
from services.notify.models.recipient import Recipient
from services.notify.models.sink_message import SinkMessage

metadata = Base.metadata

__all__ = [
    "AddressCode",
    "Base",
    "CodeAllowance",
    "ContactPoint",
    "Delivery",
    "Notification",
    "Recipient",
    "SinkMessage",
    "WrongState",
    "metadata",
]
