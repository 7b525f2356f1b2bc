"""A made-up district: 10 sub-districts with 100 communities. `python -m bench.district` puts it into the databases of the
settings, beside the demo's district."""

SUB_DISTRICTS = 10
COMMUNITIES = 100
GRIDS = 5  # of each community
SPACES = 50  # of each community
BOOKINGS = 300  # of each community
CLUBS = 5  # of each community
EVENTS = 10  # of each community
CASES = 100  # of each community
RESIDENTS = 200  # of each community
STAFF = ("clerk", "organiser", "admin")  # one of each in each community
EVERYWHERE = "measured.district"  # the user name of somebody with all roles in the whole district


def community_ids(count: int = COMMUNITIES) -> list[str]:
    return [f"measured-{number:03}" for number in range(count)]
