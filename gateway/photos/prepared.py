"""A photo that is ready to be stored, and the rules that an upload may break."""

from dataclasses import dataclass

from chassis.rpc.rules import Rule

NOT_A_PHOTO = Rule("not_a_photo", "This is not a photo; JPEG, PNG or WebP is expected.", "不是照片，应为 JPEG、PNG 或 WebP。")
DAMAGED = Rule("damaged", "The picture cannot be read.", "图片已损坏，无法读取。")
TOO_MANY_PIXELS = Rule("too_many_pixels", "At most {most} megapixels.", "最多 {most} 百万像素。")
TOO_LONG = Rule("too_long_side", "At most {most} pixels per side.", "每边最多 {most} 像素。")


@dataclass(frozen=True, slots=True)
class Prepared:
    """`position` is (latitude, longitude) in degrees, WGS 84, if the camera recorded it. It is not in `content`."""

    content: bytes
    media_type: str
    width: int
    height: int
    position: tuple[float, float] | None
