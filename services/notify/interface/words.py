"""Words that requests, answers and tables share."""

from typing import Final

LANGUAGES: Final = ("zh-CN", "en")
DEFAULT_LANGUAGE: Final = "zh-CN"

IN_APP: Final = "in_app"
EMAIL: Final = "email"
SMS: Final = "sms"
CHANNELS: Final = (IN_APP, EMAIL, SMS)
ADDRESS_CHANNELS: Final = (SMS, EMAIL)  # channels that need an address

# The kinds of things that a notification can be about.
SUBJECT_TYPES: Final = ("booking", "case", "registration", "club_event")
