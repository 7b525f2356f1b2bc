"""A photo like one from a phone. Its EXIF data contains a position, which the gateway must remove."""

from io import BytesIO

from PIL import Image, ImageDraw

GPS = 0x8825  # the EXIF tag of the position


def street_lamp() -> bytes:
    """Return a JPEG of 1280 × 960 pixels of a dark lamp, with EXIF data."""
    image = Image.new("RGB", (1280, 960), (24, 28, 52))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 760, 1280, 960), fill=(60, 60, 66))
    draw.rectangle((620, 220, 640, 800), fill=(120, 120, 128))
    draw.ellipse((560, 150, 700, 240), fill=(70, 70, 60))
    exif = Image.Exif()
    exif.get_ifd(GPS).update({1: "N", 2: (33.0, 37.0, 4.1), 3: "E", 4: (114.0, 38.0, 58.6)})
    file = BytesIO()
    image.save(file, "JPEG", quality=85, exif=exif)
    return file.getvalue()
