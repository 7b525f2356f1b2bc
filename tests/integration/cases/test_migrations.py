"""The migrated database is what the models say."""

from typing import Any

from sqlalchemy import select

from chassis.database.engine import reading
from chassis.database.migrate import pending
from services.cases.base import Base
from services.cases.reference.models import Category, Channel
from tests.schema_differences import differences


def test_migrations_and_models_agree(database_of: Any) -> None:
    engine = database_of("cases")
    assert differences(Base.metadata, engine) == []
    assert pending("cases", engine) == []


def test_a_new_installation_has_channels_and_categories(database_of: Any) -> None:
    with reading(database_of("cases")) as session:
        channels = {channel.code: channel for channel in session.scalars(select(Channel))}
        categories = session.scalars(select(Category)).all()
    assert set(channels) == {"photo", "suggestion_box", "petition", "street_talk", "walk_in", "enterprise_visit", "open_report"}
    assert {code for code, channel in channels.items() if channel.published} == {"open_report"}
    assert channels["photo"].min_photos == 1
    assert channels["petition"].sign_in_required
    assert {code for code, channel in channels.items() if channel.staff_roles} == {"street_talk", "walk_in", "enterprise_visit"}
    tops = {category.code for category in categories if category.parent is None}
    assert {category.parent for category in categories} - {None} <= tops, "two levels, no more"
    for row in (*channels.values(), *categories):
        assert row.name["zh-CN"] and row.name["en"]
