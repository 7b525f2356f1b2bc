"""How a person is reached through others: a relative's phone, and the guardians of a child."""

from typing import Any

from marshmallow import post_load

from chassis.rpc.interface import Answer, Command, Id, ListOf, Moment, Request, Text, identifier
from chassis.rpc.refusal import Forbidden
from services.notify.interface.addresses import SMS
from services.notify.interface.fields import normalised_address

MOST_GUARDIANS = 10


class Relatives(Answer):
    account_id = identifier()


class PutRelatives(Request):
    account_id = Id(required=True)
    phone = Text(most=32, example="19900000009", description="of somebody else; SMS go there if the account has no own phone")
    name = Text(most=40, example="李奶奶", description="of the person, for the owner of the phone")
    guardian_ids = ListOf(Id(), most=MOST_GUARDIANS, load_default=list, example=[])
    until = Moment(description="the guardians are notified until then")

    @post_load
    def _normalise(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | ({"phone": normalised_address(SMS, data["phone"], "phone")} if "phone" in data else {})


PUT_RELATIVES = Command(
    "notify.put_relatives",
    "Say through whom a person is reached",
    takes=PutRelatives(),
    gives=Relatives(),
    refuses=(Forbidden,),
    description="Only the gateway. It replaces what was said before.",
)
