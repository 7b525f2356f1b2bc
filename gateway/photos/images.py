"""Prepares an upload: its type is detected from the content, the picture is turned upright, reduced to 2048 pixels per side,
and freed of metadata.

The picture is decoded and encoded again, so that nothing else of the file remains: no position, no thumbnail, no appended
archive or script.
"""

from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD

from chassis.rpc.rules import Rule
from gateway.photos.prepared import DAMAGED, NOT_A_PHOTO, TOO_LONG, TOO_MANY_PIXELS, Prepared

FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE = 2048
# A small file can decode to gigabytes, so the number of pixels is checked before decoding. Only baseline JPEG can be decoded at
# a fraction of its size. Any other picture is in memory as a whole, and twice if it is transparent.
MAX_PIXELS = 50_000_000
MAX_PIXELS_WHOLE = 16_000_000
# The longest side of a JPEG. Pillow keeps a pointer for each row, so a picture of one pixel by 16 million needs 200 MB.
MAX_SIDE = 65_535
_QUALITY = 85


class Unsuitable(Exception):
    """The upload breaks `rule`. `details` fill the sentence of the rule."""

    def __init__(self, rule: Rule, **details: Any) -> None:
        super().__init__(rule.code)
        self.rule, self.details = rule, details


def prepare(upload: bytes) -> Prepared:
    """The photo in the form in which it is stored. Takes up to a second of CPU. Raises Unsuitable if it is not a photo, is
    damaged, or has too many pixels."""
    try:
        with Image.open(BytesIO(upload), formats=FORMATS) as image:
            _refuse_large(image)
            position = _position(image)
            if image.format == "JPEG":
                image.draft("RGB", _reduced(image.size))  # decodes a large photo at a fraction of its size
            return _encoded(_upright(image), position)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(MAX_PIXELS) from error
    except MemoryError as error:  # the process has a limit
        raise _too_many_pixels(MAX_PIXELS_WHOLE) from error
    except UnidentifiedImageError as error:
        raise Unsuitable(NOT_A_PHOTO) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise Unsuitable(DAMAGED) from error


def _refuse_large(image: Image.Image) -> None:
    if max(image.size) > MAX_SIDE:
        raise Unsuitable(TOO_LONG, most=MAX_SIDE)
    if image.width * image.height > (most := _most_pixels(image)):
        raise _too_many_pixels(most)


def _reduced(size: tuple[int, int]) -> tuple[int, int]:
    """The size with the longest side reduced to LONGEST_SIDE. `draft` decodes at the smallest size that has both sides, so a
    square of LONGEST_SIDE would decode a long strip as a whole."""
    longest = max(size)
    return max(1, size[0] * LONGEST_SIDE // longest), max(1, size[1] * LONGEST_SIDE // longest)


def _most_pixels(image: Image.Image) -> int:
    return MAX_PIXELS if image.format == "JPEG" and not image.info.get("progressive") else MAX_PIXELS_WHOLE


def _too_many_pixels(most: int) -> Unsuitable:
    return Unsuitable(TOO_MANY_PIXELS, most=most // 1_000_000)


def _upright(image: Image.Image) -> Image.Image:
    image.thumbnail(
        (LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS
    )  # before turning, because turning a small picture is faster
    return _standard_colours(ImageOps.exif_transpose(image))


def _standard_colours(picture: Image.Image) -> Image.Image:
    """The picture in sRGB: its colour profile is applied, then removed."""
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
            return converted or picture.convert(mode)
        except ImageCms.PyCMSError:
            return picture.convert(mode)
    return picture.convert(mode)


def _encoded(picture: Image.Image, position: tuple[float, float] | None) -> Prepared:
    # A new image from the pixels has no `info`, which an encoder would copy.
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    out = BytesIO()
    if bare.mode == "RGBA":
        bare.save(out, "WEBP", quality=_QUALITY, method=4)
        return Prepared(out.getvalue(), "image/webp", *bare.size, position)
    bare.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return Prepared(out.getvalue(), "image/jpeg", *bare.size, position)


def _position(image: Image.Image) -> tuple[float, float] | None:
    """The position that the camera recorded. None if there is none, or if it is impossible."""
    try:
        gps: dict[int, Any] = image.getexif().get_ifd(IFD.GPSInfo)
        latitude = _degrees(gps[GPS.GPSLatitude], gps[GPS.GPSLatitudeRef], "S")
        longitude = _degrees(gps[GPS.GPSLongitude], gps[GPS.GPSLongitudeRef], "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError, SyntaxError):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or (latitude == 0 and longitude == 0):
        return None
    return round(latitude, 6), round(longitude, 6)


def _degrees(parts: Any, reference: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(reference).strip("\0 ") == negative else value
