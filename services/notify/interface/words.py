"""Words that requests, answers and tables share."""

LANGUAGES = ("zh-CN", "en")
ADDRESS_CHANNELS = ("sms", "email")
SUBJECT_TYPES = ("booking", "case", "registration", "club_event")
