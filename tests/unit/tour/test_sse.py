from tour.sse import ServerSent, events


def test_an_event_has_its_type_data_and_id() -> None:
    stream = ["id: 7", "event: notification", 'data: {"a": 1}', ""]
    assert list(events(stream)) == [ServerSent("notification", '{"a": 1}', "7")]


def test_comments_and_unknown_fields_are_skipped() -> None:
    assert list(events([": still here", "", "retry: 3000", "data: x", ""])) == [ServerSent("message", "x", "")]


def test_lines_of_data_are_joined_and_one_space_is_taken_off() -> None:
    assert [event.data for event in events(["data: one", "data:  two", "data:", ""])] == ["one\n two\n"]


def test_an_event_that_breaks_off_is_not_given() -> None:
    assert list(events(["data: whole", "", "data: half"])) == [ServerSent("message", "whole", "")]


def test_the_last_id_stays_until_another_comes() -> None:
    assert [event.id for event in events(["id: 1", "data: a", "", "data: b", "", "id: 2", "data: c", ""])] == ["1", "1", "2"]
