"""The photos of the demo's cases, drawn with Pillow. services/cases/demo/stories.py refers to them by their ids."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy import select

from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.demo.people import COMMUNITY
from gateway.photos.models import STORED, Photo

SIZE = (800, 600)
Box = tuple[int, int, int, int]
Shape = tuple[str, Box, str]  # a method of ImageDraw, the box, and the colour
_STREET: tuple[Shape, ...] = (
    ("rectangle", (0, 0, 800, 260), "#b9c7d4"),
    ("rectangle", (0, 120, 800, 270), "#a89a8c"),
    ("rectangle", (0, 260, 800, 600), "#6f7378"),
)
_CORRIDOR: tuple[Shape, ...] = (
    ("rectangle", (0, 0, 800, 600), "#cfc8ba"),
    ("rectangle", (250, 90, 550, 470), "#8f9a94"),
    ("rectangle", (0, 470, 800, 600), "#8a8580"),
)
PHOTOS: dict[str, tuple[Shape, ...]] = {
    "manhole-1": (
        *_STREET,
        ("ellipse", (250, 350, 560, 500), "#4b4e52"),
        ("ellipse", (275, 365, 535, 485), "#17181a"),
        ("pieslice", (450, 330, 720, 470), "#5d6166"),
    ),
    "fire-lane-1": (
        *_CORRIDOR,
        ("rectangle", (90, 330, 300, 520), "#b98d55"),
        ("rectangle", (150, 210, 290, 330), "#c79c63"),
        ("rectangle", (430, 300, 690, 530), "#6d4a33"),
    ),
    "fire-lane-2": (
        *_CORRIDOR,
        ("rectangle", (300, 350, 520, 540), "#c79c63"),
        ("rectangle", (340, 250, 500, 350), "#b98d55"),
        ("ellipse", (560, 400, 700, 540), "#3f5b4c"),
    ),
    "ebike-1": (
        *_CORRIDOR,
        ("rectangle", (398, 0, 404, 330), "#d0412f"),
        ("ellipse", (190, 400, 330, 540), "#26282b"),
        ("ellipse", (500, 400, 640, 540), "#26282b"),
        ("rectangle", (250, 330, 590, 460), "#2f6f8f"),
        ("rectangle", (560, 240, 580, 350), "#26282b"),
    ),
    "drainage-1": (
        *_STREET,
        ("ellipse", (60, 310, 760, 580), "#7d8fa0"),
        ("ellipse", (140, 360, 560, 520), "#93a6b8"),
        ("rectangle", (600, 330, 690, 350), "#2c2e31"),
    ),
    "waste-1": (
        *_STREET,
        ("rectangle", (150, 260, 330, 500), "#2e7d5b"),
        ("rectangle", (360, 260, 540, 500), "#33658a"),
        ("ellipse", (170, 190, 320, 310), "#2b2b2e"),
        ("ellipse", (370, 200, 530, 310), "#dcd7cc"),
        ("ellipse", (560, 430, 700, 540), "#2b2b2e"),
    ),
    "stall-1": (
        *_STREET,
        ("rectangle", (140, 150, 640, 220), "#c8402f"),
        ("rectangle", (160, 220, 172, 500), "#55504a"),
        ("rectangle", (610, 220, 622, 500), "#55504a"),
        ("rectangle", (140, 370, 640, 500), "#9b7a4f"),
        ("ellipse", (200, 330, 260, 390), "#e0a32e"),
        ("ellipse", (290, 330, 350, 390), "#b8332a"),
    ),
    "shop-front-1": (
        *_STREET,
        ("rectangle", (120, 110, 680, 180), "#2f6f8f"),
        ("rectangle", (160, 180, 640, 430), "#d8d2c4"),
        ("rectangle", (350, 220, 460, 430), "#7a5a3c"),
        ("ellipse", (180, 410, 330, 540), "#2b2b2e"),
        ("ellipse", (290, 440, 410, 550), "#3b4a3f"),
        ("rectangle", (430, 450, 580, 540), "#b98d55"),
    ),
    "dark-stairs-1": (
        ("rectangle", (0, 0, 800, 600), "#2a2b2e"),
        ("rectangle", (60, 470, 740, 560), "#4a4b4e"),
        ("rectangle", (150, 390, 740, 470), "#434447"),
        ("rectangle", (240, 310, 740, 390), "#3c3d40"),
        ("rectangle", (330, 230, 740, 310), "#353639"),
        ("ellipse", (380, 40, 440, 100), "#57544a"),
    ),
}


def seed(call: Call) -> None:
    """Add missing photos. It can be called again."""
    wanted = {demo_id("photo", name): name for name in PHOTOS}
    known = set(call.session.scalars(select(Photo.id).where(Photo.id.in_(wanted))))
    for photo_id in wanted.keys() - known:
        content = drawn(PHOTOS[wanted[photo_id]])
        call.session.add(
            Photo(
                id=photo_id,
                community_id=COMMUNITY,
                uploaded_by=None,
                claimed_by="demo",
                in_case=True,
                state=STORED,
                media_type="image/jpeg",
                width=SIZE[0],
                height=SIZE[1],
                size=len(content),
                created_at=call.now,
                content=content,
            )
        )
    call.session.flush()


@cache
def drawn(shapes: tuple[Shape, ...]) -> bytes:
    """The picture as a JPEG of SIZE."""
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    for shape, box, colour in shapes:
        angles = {"start": 200, "end": 20} if shape == "pieslice" else {}
        getattr(draw, shape)(box, fill=colour, **angles)
    stored = BytesIO()
    image.save(stored, "JPEG", quality=85)
    return stored.getvalue()
