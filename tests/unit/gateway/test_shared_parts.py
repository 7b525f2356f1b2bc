"""The app that answers and the service that hears messages work on the same cache and the same streams."""

from unittest.mock import Mock

from sqlalchemy import create_engine

from gateway.app import create_app
from gateway.calls.cache import PublicCache
from gateway.streams.hub import Hub


def test_the_app_uses_the_cache_and_the_hub_it_is_given_also_while_they_are_empty() -> None:
    cache, hub = PublicCache(), Hub()
    app = create_app(database=create_engine("postgresql+psycopg://"), rpc=Mock(), cache=cache, hub=hub)
    assert (len(cache), len(hub)) == (0, 0)
    assert app.extensions["linli.cache"] is cache
    assert app.extensions["linli.hub"] is hub
