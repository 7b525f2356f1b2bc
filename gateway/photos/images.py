"""Makes an upload fit to be shown: recognised by content, upright, at most 2048 pixels a side, free of metadata.

The picture is decoded and encoded anew, so nothing else that was in the file survives: no position, no thumbnail, no
trailing archive or script.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule

NOT_A_PHOTO = Rule("not_a_photo", "This is not a photo; JPEG, PNG or WebP is expected.", "不是照片，应为 JPEG、PNG 或 WebP。")
DAMAGED = Rule("damaged", "The picture cannot be read.", "图片已损坏，无法读取。")
TOO_MANY_PIXELS = Rule("too_many_pixels", "At most {most} megapixels.", "最多 {most} 百万像素。")
FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE = 2048
# A small file can decode to gigabytes, so it is refused before it is decoded. Only baseline JPEG can be decoded at a fraction
# of its size. Every other picture is in memory as a whole, and twice if it is transparent.
MAX_PIXELS = 50_000_000
MAX_PIXELS_WHOLE = 16_000_000
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Prepared:
    """`position` is (latitude, longitude) in degrees, WGS 84, if the camera recorded it. It is not in `content`."""

    content: bytes
    media_type: str
    width: int
    height: int
    position: tuple[float, float] | None


def prepare(upload: bytes) -> Prepared:
    """The photo as it is stored. Keeps a processor busy for up to a second. Raises Invalid if it is no photo, is damaged, or
    has too many pixels."""
    try:
        with Image.open(BytesIO(upload), formats=FORMATS) as image:
            if image.width * image.height > (most := _most_pixels(image)):
                raise _too_many_pixels(most)
            position = _position(image)
            if image.format == "JPEG":
                image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # decodes large photos at a fraction
            return _encoded(_upright(image), position)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(MAX_PIXELS) from error
    except UnidentifiedImageError as error:
        raise InvalidField(NOT_A_PHOTO, "photo") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidField(DAMAGED, "photo") from error


def _most_pixels(image: Image.Image) -> int:
    return MAX_PIXELS if image.format == "JPEG" and not image.info.get("progressive") else MAX_PIXELS_WHOLE


def _too_many_pixels(most: int) -> InvalidField:
    return InvalidField(TOO_MANY_PIXELS, "photo", most=most // 1_000_000)


def _upright(image: Image.Image) -> Image.Image:
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)  # before turning: a small one turns faster
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
    # A new image of the pixels alone has no `info` that an encoder would copy.
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    out = BytesIO()
    if bare.mode == "RGBA":
        bare.save(out, "WEBP", quality=_QUALITY, method=4)
        return Prepared(out.getvalue(), "image/webp", *bare.size, position)
    bare.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return Prepared(out.getvalue(), "image/jpeg", *bare.size, position)


def _position(image: Image.Image) -> tuple[float, float] | None:
    """Where the camera says it was; None if it says nothing, or an impossible position."""
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
