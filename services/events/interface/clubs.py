"""Clubs and membership."""

from chassis.rpc.interface import (
    Answer,
    Code,
    Command,
    Id,
    OneOf,
    Paged,
    Query,
    Request,
    Versioned,
    Words,
    flag,
    identifier,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import NotFound

SECTIONS = ("convenience", "neighbour", "smart", "elders")  # of the centre; booking's interface has their labels
KINDS = Words(
    {
        "sports": ("体育", "Sports"),
        "culture": ("文艺", "Culture"),
        "volunteer": ("志愿", "Volunteering"),
        "learning": ("学习", "Learning"),
    }
)


class Club(Versioned):
    code = text("table-tennis")
    name = names("乒乓球社", "Table tennis club")
    description = names("每周二、四活动。", "Tuesdays and Thursdays.", maybe=True)
    section = word(SECTIONS)
    kind = word(KINDS)
    members_count = number(32)
    joined = flag(description="whether you are a member; false for visitors")


class ListClubs(Paged):
    section = OneOf(*SECTIONS)
    community_id = Code(example=None, description="those of this community")


class OneClub(Request):
    club_id = Id(required=True)


class Membership(Answer):
    """The caller's own membership."""

    id = identifier()
    club_id = identifier()
    club_name = names("乒乓球社", "Table tennis club")
    joined_at = moment()
    left_at = moment(maybe=True)


class ListMemberships(Paged):
    pass


LIST_CLUBS = Query("events.list_clubs", "List clubs", takes=ListClubs(), gives=page_of(Club))
GET_CLUB = Query("events.get_club", "Read a club", takes=OneClub(), gives=Club(), refuses=(NotFound,))
JOIN_CLUB = Command("events.join_club", "Join a club", takes=OneClub(), gives=Club(), refuses=(NotFound,))
LEAVE_CLUB = Command("events.leave_club", "Leave a club", takes=OneClub(), gives=Club(), refuses=(NotFound,))
LIST_MEMBERSHIPS = Query(
    "events.list_memberships",
    "List your memberships, also those that have ended",
    takes=ListMemberships(),
    gives=page_of(Membership),
)
