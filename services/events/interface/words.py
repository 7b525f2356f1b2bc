"""Words and limits that requests, answers and tables share."""

from datetime import timedelta

SECTIONS = ("convenience", "neighbour", "smart", "elders")
CLUB_KINDS = ("sports", "culture", "volunteer", "learning")
AUDIENCES = ("everyone", "elders", "children", "families", "women", "volunteers")
CLUB_EVENT_STATES = ("draft", "published", "cancelled")
REGISTRATION_STATES = ("confirmed", "waitlisted", "cancelled")
MAX_SESSIONS = 60
MAX_CAPACITY = 10_000
MAX_DURATION = timedelta(hours=24)
