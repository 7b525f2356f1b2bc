"""Word lists and limits. Requests, answers and tables share them."""

from datetime import timedelta

SECTIONS = ("convenience", "neighbour", "smart", "elders")
CLUB_KINDS = ("sports", "culture", "volunteer", "learning")
AUDIENCES = ("everyone", "elders", "children", "families", "women", "volunteers")
CLUB_EVENT_STATES = ("draft", "published", "cancelled")
REGISTRATION_STATES = ("confirmed", "waitlisted", "cancelled")
MAX_SESSIONS = 60  # of a club event
MAX_SEATS = 4  # in one registration
MAX_CAPACITY = 10_000  # seats of a session
MAX_DURATION = timedelta(hours=24)  # of a session
