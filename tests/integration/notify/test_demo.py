"""The demo's data: there at once, and the same after any number of starts."""

from datetime import timedelta

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.notify import demo
from tests.integration.notify.conftest import NOW, PHONE, Post, resident


def seed(post: Post, days: int = 0) -> None:
    with transaction(post.engine) as session:
        demo.seed(Call(session, NOW + timedelta(days=days)))


def everything(post: Post) -> list[list[str]]:
    tables = ("recipient", "contact_point", "notification", "reminder", "outbox")
    return [[row[0] for row in post.rows(f"SELECT t::text FROM {table} t ORDER BY 1")] for table in tables]  # noqa: S608


def test_the_demos_people_can_be_reached_and_have_been_told(post: Post) -> None:
    seed(post)
    [point] = post.ask(resident("wang"), "list_contact_points")["items"]
    assert (point["channel"], point["address"], point["verified"]) == ("sms", PHONE, True)
    wang = post.ask(resident("wang"), "list_notifications")
    assert [item["template"] for item in wang["items"]] == ["registration_reminder", "registration_confirmed"]
    inbox = post.ask(resident("li"), "list_notifications")
    assert [item["template"] for item in inbox["items"]] == ["registration_called_off", "registration_confirmed"]
    assert inbox["unread_count"] == 1
    zhang = post.ask(resident("zhang"), "list_notifications")
    assert [item["template"] for item in zhang["items"]] == ["registration_promoted", "registration_waitlisted"]
    assert zhang["unread_count"] == 0


def test_seeding_again_changes_nothing(post: Post) -> None:
    seed(post)
    before = everything(post)
    seed(post)
    seed(post, days=3)
    assert everything(post) == before
    assert all(before)


def test_a_number_that_the_demos_user_changed_stays_changed(post: Post) -> None:
    seed(post)
    post.prove("wang", "sms", "19900000077")
    seed(post)
    [point] = post.ask(resident("wang"), "list_contact_points")["items"]
    assert point["address"] == "19900000077"
