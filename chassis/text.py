"""Text that people write: one rule for every field, form and name of the platform."""

import unicodedata

# These characters change the direction of the text around them: a name or a report could be shown reversed.
# Phones add some of them when a contact is copied, so they are removed instead of refused.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters by their category that nevertheless draw nothing: Braille blank, Hangul fillers, null notehead.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
# Controls, formats, surrogates, separators, and marks that need a letter to stand on.
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
_LINE_ENDS = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\x85": "\n"})


def cleaned(text: str) -> str:
    """`text` as it is stored: without bidirectional controls and surrounding white space, with `\\n` as line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_LINE_ENDS)
    return "".join(character for character in text if character not in _BIDI_CONTROLS).strip()


def has_control_characters(text: str) -> bool:
    """Whether `text` holds characters that PostgreSQL cannot store (NUL), that UTF-8 cannot encode (surrogates), or that
    nobody can read. Line ends and tabs are allowed."""
    return any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text)


def is_visible(text: str) -> bool:
    """Whether a reader would see anything of `text`."""
    return any(
        unicodedata.category(character) not in _INVISIBLE_CATEGORIES and character not in _BLANK_LETTERS for character in text
    )
