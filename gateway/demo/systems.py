"""The demo's other system: the hotline of the city, which reports cases of the first community, hears what becomes of them, and
books for residents who call.

Its key is public. It works only where the demo's accounts are admitted, because one of them has made it.
"""

from datetime import timedelta

from chassis.config import settings
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.accounts.personal import PersonalFields
from gateway.demo.people import COMMUNITY
from gateway.systems.credentials import hash_of
from gateway.systems.models import ApiKey, System

NAME = "12345 热线"
KEY = "lk_12345000_the-key-of-the-demo-is-known-to-all"
RIGHTS = ["bookings:write", "cases:write", "messages:read:case.*"]


def seed(call: Call) -> None:
    """Add the system and its key if they are missing."""
    personal, system_id = PersonalFields(settings().encryption_keys, settings().index_keys), demo_id("system", "hotline")
    if call.session.get(System, system_id) is not None:
        return
    made = {"community_id": COMMUNITY, "created_by": demo_id("account", "admin"), "created_at": call.now}
    call.session.add(
        System(
            id=system_id,
            name=NAME,
            contact=personal.seal("热线值班室 12345"),
            key_id=personal.key_id,
            communities=[COMMUNITY],
            rights=RIGHTS,
            **made,
        )
    )
    call.session.flush()
    call.session.add(
        ApiKey(
            id=demo_id("api key", "hotline"),
            system_id=system_id,
            label=NAME,
            prefix=KEY.rsplit("_", 1)[0],
            secret_hash=hash_of(KEY),
            scopes=RIGHTS,
            expires_at=call.now + timedelta(days=365),
            **made,
        )
    )
    call.session.flush()
