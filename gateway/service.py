"""The gateway as a nameko service. It serves HTTP and subscribes to the messages of the services."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache as once
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from chassis.background.expiry import Expiry, PartitionExpiry
from chassis.background.periodic import periodic
from chassis.config import settings
from chassis.database.engine import transaction
from chassis.messaging.broadcast import broadcast
from chassis.messaging.hints import hint
from chassis.messaging.received import Received
from chassis.rpc.call import Call
from chassis.rpc.client import RpcClient
from chassis.rpc.communities import Communities
from chassis.service import Service
from chassis.web.server import wsgi
from gateway import housekeeping
from gateway.accounts import contact_points
from gateway.accounts.personal import PersonalFields
from gateway.app import create_app
from gateway.calls import cache, client
from gateway.calls.client import Client
from gateway.directory import use_cases as directory
from gateway.directory.known import KnownCommunities
from gateway.http import server_problems, session_cache
from gateway.photos import claims, removal
from gateway.photos.store import PhotoStore, store_of
from gateway.settings import gateway_settings
from gateway.streams.hub import Hub, of_account
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
        return create_app(
            database=self.database,
            rpc=self.rpc,
            cache=CACHE,
            hub=HUB,
            session_cache=SESSIONS,
            photo_store=_photo_store(self.database),
            communities=COMMUNITIES,
        )

    # --- public reads change ---

    @broadcast("booking", "booking.#")
    def forget_availability(self, message: Received) -> None:
        CACHE.clear((cache.AVAILABILITY,))

    @broadcast("events", "club.#")
    def forget_clubs(self, message: Received) -> None:
        CACHE.clear((cache.CLUBS,))

    @broadcast("events", "club_event.#", "registration.#")
    def forget_club_events(self, message: Received) -> None:
        CACHE.clear((cache.CLUB_EVENTS,))

    @broadcast("gateway", "community.#", "grid.#")
    def forget_directory(self, message: Received) -> None:
        CACHE.clear((cache.DIRECTORY,))
        COMMUNITIES.forget()

    @periodic(seconds=session_cache.MAX_AGE, wake_on=session_cache.CHANNEL)
    def forget_sessions(self) -> None:
        SESSIONS.clear_on_notification()

    # --- live streams ---

    @broadcast("notify", "notification.sent.v1")
    def wake_reader(self, message: Received) -> None:
        HUB.wake(of_account(str(message.data["account_id"])))

    @hint("notify", GREW)
    def wake_systems(self, data: dict[str, Any]) -> None:
        HUB.feed_grew(data)

    # --- upkeep ---

    @periodic(seconds=30.0, wake_on=contact_points.CHANNEL)
    def hand_over_phones(self) -> bool:
        return contact_points.hand_over(self.database, _personal(), self._put_contact_point)

    @periodic(seconds=3600.0)
    def add_default_community(self) -> None:
        """Runs at the start. Later runs repair a directory that was emptied."""
        with transaction(self.database) as session:
            config = settings()
            added = directory.add_default(Call(session, datetime.now(UTC)), config.community, config.time_zone)
        if added:
            COMMUNITIES.forget()

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
    return PersonalFields(settings().encryption_keys)
