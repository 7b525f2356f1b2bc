"""QR codes as SVG, so that they are sharp in each size and need no script."""

import segno
from markupsafe import Markup

QUIET_ZONE = 4  # modules around the code, which scanners need


def svg(text: str, description: str) -> Markup:
    """A QR code for a page. Its size is that of the box around it. `description` is read aloud."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(border=QUIET_ZONE, omitsize=True, dark="#000", light="#fff", title=description)
    return Markup(drawn)  # noqa: S704 - segno escapes the title, and draws the text
