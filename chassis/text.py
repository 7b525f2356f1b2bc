"""Rules for text that people write. They are the same for every field, form and name of the platform."""

import re
import unicodedata

# These characters change the direction of the text around them, so a name or report could be shown reversed. Phones insert
# some of them when a contact is copied. Therefore they are removed and not refused.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Characters in the category of letters that are invisible: Braille blank, Hangul fillers, null notehead.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
# Controls, formats, surrogates, separators, and marks that are drawn on the letter before them.
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
_WHOLE_NUMBER = re.compile("[0-9]{1,18}")  # fits bigint; Python refuses to convert text of more than 4,300 digits
_LINE_ENDS = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\x85": "\n"})


def cleaned(text: str) -> str:
    """Return `text` as it is stored: without bidirectional controls and surrounding white space, with `\\n` as line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_LINE_ENDS)
    return "".join(character for character in text if character not in _BIDI_CONTROLS).strip()


def has_control_characters(text: str) -> bool:
    """True if `text` contains control characters or surrogates. PostgreSQL cannot store NUL, UTF-8 cannot encode surrogates,
    and the others are invisible. Line ends and tabs are allowed."""
    return any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text)


def is_visible(text: str) -> bool:
    """True if at least one character of `text` is visible."""
    return any(
        unicodedata.category(character) not in _INVISIBLE_CATEGORIES and character not in _BLANK_LETTERS for character in text
    )


def whole_number(text: str | None) -> int | None:
    """The number that `text` writes with 1 to 18 digits 0–9 and nothing else, so it fits every column. Otherwise None: also for
    other scripts' digits, signs, spaces and longer numbers."""
    return int(text) if text is not None and _WHOLE_NUMBER.fullmatch(text) else None
