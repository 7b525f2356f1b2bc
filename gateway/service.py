"""The gateway as a nameko service. It serves HTTP and subscribes to the messages of the services."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache as once
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine

from chassis.background.expiry import Expiry, PartitionExpiry
from chassis.background.periodic import periodic
from chassis.config import settings
from chassis.database.engine import transaction
from chassis.messaging.broadcast import broadcast
from chassis.messaging.hints import hint
from chassis.messaging.received import Received
from chassis.messaging.subscribe import subscribe
from chassis.rpc.call import Call
from chassis.rpc.client import RpcClient
from chassis.rpc.communities import Communities
from chassis.service import Service
from chassis.web.server import wsgi
from gateway import housekeeping
from gateway.accounts import contact_points
from gateway.accounts.personal import PersonalFields
from gateway.accounts.staff import announcing
from gateway.app import create_app
from gateway.calls import cache, client
from gateway.calls.client import Client
from gateway.demo.only_here import OnlyHere
from gateway.directory import adoption, storage
from gateway.directory import use_cases as directory
from gateway.directory.known import KnownCommunities
from gateway.erasure import use_cases as erasure
from gateway.erasure.messages import ANSWERS, ErasedRead
from gateway.http import server_problems, session_cache
from gateway.photos import claims, removal
from gateway.photos.store import PhotoStore, store_of
from gateway.settings import gateway_settings
from gateway.streams.hub import FEED, Hub, of_account
from gateway.streams.old_feed import OldFeed
from services.notify.interface.feed import GREW

# One of each per process: the app and the message handlers share them.
CACHE = cache.PublicCache()
HUB = Hub()
SESSIONS = session_cache.SessionCache()
COMMUNITIES = KnownCommunities()


class GatewayService(Service):
    name = "gateway"
    rpc = RpcClient()

    @wsgi(problem=server_problems.answer)  # type: ignore[untyped-decorator]  # nameko is untyped
    def app(self) -> Flask:
        app = create_app(
            database=self.database,
            rpc=self.rpc,
            cache=CACHE,
            hub=HUB,
            session_cache=SESSIONS,
            photo_store=_photo_store(self.database),
            communities=COMMUNITIES,
        )
        if settings().demo:
            app.wsgi_app = OnlyHere(app.wsgi_app)  # type: ignore[method-assign]
        return app

    # --- public reads change ---

    @broadcast("booking", "booking.#")
    def forget_availability(self, message: Received) -> None:
        CACHE.clear((cache.AVAILABILITY,), message.community_id)

    @broadcast("booking", "calendar.#")
    def forget_spaces(self, message: Received) -> None:
        CACHE.clear((cache.SPACES, cache.AVAILABILITY), message.community_id)

    @broadcast("events", "club.#")
    def forget_clubs(self, message: Received) -> None:
        CACHE.clear((cache.CLUBS,), message.community_id)

    @broadcast("events", "club_event.#", "registration.#")
    def forget_club_events(self, message: Received) -> None:
        CACHE.clear((cache.CLUB_EVENTS,), message.community_id)

    @broadcast("gateway", "community.#", "grid.#")
    def forget_directory(self, message: Received) -> None:
        CACHE.clear((cache.DIRECTORY,))
        COMMUNITIES.forget()

    @periodic(seconds=60.0, wake_on=storage.LIVE_SETTINGS)
    def forget_live_settings(self) -> None:
        COMMUNITIES.forget()

    @periodic(seconds=session_cache.MAX_AGE, wake_on=session_cache.CHANNEL)
    def forget_sessions(self) -> None:
        SESSIONS.clear_on_notification()
        HUB.doubt(FEED)  # a key, a system or its rights may have ended

    # --- live streams ---

    @broadcast("notify", "notification.sent.v1")
    def wake_reader(self, message: Received) -> None:
        HUB.wake(of_account(str(message.data["account_id"])))

    @hint("notify", GREW)
    def wake_systems(self, data: dict[str, Any]) -> None:
        HUB.feed_grew(data)

    # --- erasures ---

    @periodic(seconds=10.0, wake_on=erasure.CHANNEL)
    def close_accounts(self) -> bool:
        return erasure.close_due(self.database, datetime.now(UTC))

    @periodic(seconds=5.0)
    def erase_accounts(self) -> bool:
        return erasure.erase_closed(self.database, datetime.now(UTC), housekeeping.longest_call())

    # The names of the handlers are in the names of their queues, so they stay.
    @subscribe("booking", ANSWERS["booking"], reader=ErasedRead)
    def hear_booking(self, call: Call, message: Received) -> None:
        erasure.hear(call, "booking", **message.data)

    @subscribe("cases", ANSWERS["cases"], reader=ErasedRead)
    def hear_cases(self, call: Call, message: Received) -> None:
        erasure.hear(call, "cases", **message.data)

    @subscribe("events", ANSWERS["events"], reader=ErasedRead)
    def hear_events(self, call: Call, message: Received) -> None:
        erasure.hear(call, "events", **message.data)

    @subscribe("notify", ANSWERS["notify"], reader=ErasedRead)
    def hear_notify(self, call: Call, message: Received) -> None:
        erasure.hear(call, "notify", **message.data)

    @classmethod
    def erase_returned(cls, call: Call) -> int:
        return erasure.erase_returned(call)

    # --- upkeep ---

    @periodic(seconds=30.0, wake_on=contact_points.CHANNEL)
    def hand_over_phones(self) -> bool:
        return contact_points.hand_over(
            self.database, _personal(), self._put_contact_point, self._put_relatives, self._withdraw_phone
        )

    @periodic(seconds=3600.0)
    def add_default_community(self) -> None:
        """Runs at the start. Later runs repair a directory that was emptied."""
        with transaction(self.database) as session:
            config = settings()
            added = directory.add_default(Call(session, datetime.now(UTC)), config.community, config.time_zone)
        if added:
            COMMUNITIES.forget()

    @periodic(seconds=600.0)
    def adopt_departments(self) -> None:
        adoption.adopt_departments(self.database, self._services().cases.list_departments, datetime.now(UTC))

    @periodic(seconds=5.0)
    def announce_new_staff(self) -> bool:
        with transaction(self.database) as session:
            return announcing.announce_new(session, datetime.now(UTC))

    @periodic(seconds=600.0)
    def settle_photos(self) -> bool:
        return claims.settle(self.database, self._services().cases.find_photos, datetime.now(UTC))

    @periodic(seconds=600.0)
    def remove_photos(self) -> bool:
        return removal.remove_leaving(self.database, _photo_store(self.database))

    @periodic(seconds=600.0)
    def keep_house(self) -> bool:
        return housekeeping.renew(self.database, _personal(), datetime.now(UTC))

    @periodic(seconds=15.0)
    def hand_over_feed(self) -> None:
        _old_feed(self.database).hand_over(self._services().notify.take_over_feed)

    @classmethod
    def expiries(cls) -> Sequence[Expiry | PartitionExpiry]:
        return housekeeping.expiries()

    def _put_contact_point(self, community_id: str, **values: Any) -> object:
        return client.for_jobs(self.rpc, Communities.only(community_id)).notify.put_contact_point(**values)

    def _put_relatives(self, community_id: str, **values: Any) -> object:
        return client.for_jobs(self.rpc, Communities.only(community_id)).notify.put_relatives(**values)

    def _withdraw_phone(self, community_id: str, account_id: UUID) -> None:
        notify = client.for_jobs(self.rpc, Communities.only(community_id)).notify
        for point in notify.list_contact_points(account_id=account_id)["items"]:
            if point["channel"] == "sms":
                notify.remove_contact_point(contact_point_id=UUID(point["id"]))

    def _services(self) -> Client:
        return client.for_jobs(self.rpc)


@once
def _photo_store(database: Engine) -> PhotoStore:
    return store_of(gateway_settings().photo_store, database)


@once
def _old_feed(database: Engine) -> OldFeed:
    return OldFeed(database)


@once
def _personal() -> PersonalFields:
    return PersonalFields(settings().encryption_keys, settings().index_keys)
