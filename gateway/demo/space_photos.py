"""Pictures of the demo's spaces, drawn like the photos of its cases (gateway.demo.photos)."""

from sqlalchemy import select

from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.demo.people import COMMUNITY
from gateway.demo.photos import SIZE, Shape, drawn
from gateway.photos.models import STORED, Photo, SpaceGallery, SpacePhoto

_HALL: tuple[Shape, ...] = (
    ("rectangle", (0, 0, 800, 250), "#dfe6e4"),
    ("rectangle", (60, 40, 240, 170), "#b8d4e3"),
    ("rectangle", (310, 40, 490, 170), "#b8d4e3"),
    ("rectangle", (560, 40, 740, 170), "#b8d4e3"),
)
_COURT: tuple[Shape, ...] = (
    *_HALL,
    ("rectangle", (0, 250, 800, 600), "#3f8f6b"),
    ("rectangle", (70, 300, 730, 570), "#f4f6f3"),
    ("rectangle", (78, 308, 722, 562), "#2f7d5b"),
    ("rectangle", (396, 300, 404, 570), "#f4f6f3"),
    ("rectangle", (70, 431, 730, 439), "#f4f6f3"),
    ("rectangle", (388, 200, 394, 570), "#3a4248"),
    ("rectangle", (394, 220, 408, 420), "#cfd6d3"),
)
_TABLE: tuple[Shape, ...] = (
    *_HALL,
    ("rectangle", (0, 250, 800, 600), "#c9b28f"),
    ("rectangle", (190, 420, 210, 560), "#3a4248"),
    ("rectangle", (590, 420, 610, 560), "#3a4248"),
    ("rectangle", (120, 350, 680, 430), "#2b5f8a"),
    ("rectangle", (120, 386, 680, 392), "#f4f6f3"),
    ("rectangle", (394, 310, 406, 400), "#f4f6f3"),
    ("ellipse", (250, 320, 274, 344), "#f2a33a"),
)
_READING: tuple[Shape, ...] = (
    ("rectangle", (0, 0, 800, 440), "#efe7d8"),
    ("rectangle", (0, 440, 800, 600), "#b58a5e"),
    ("rectangle", (40, 60, 360, 420), "#7a5436"),
    *(("rectangle", (60 + 34 * n, 80, 84 + 34 * n, 180), "#a8452f" if n % 2 else "#2f6f8f") for n in range(8)),
    *(("rectangle", (60 + 34 * n, 200, 84 + 34 * n, 300), "#d3a23a" if n % 2 else "#3f8f6b") for n in range(8)),
    ("rectangle", (450, 80, 740, 290), "#b8d4e3"),
    ("rectangle", (430, 400, 770, 430), "#8a6240"),
    ("rectangle", (460, 430, 480, 560), "#6d4a33"),
    ("rectangle", (720, 430, 740, 560), "#6d4a33"),
)
# The picture, its text in Chinese and in English, by the code of the space.
_COURT_TOLD = ("羽毛球场地，中间有球网", "A badminton court with its net")
PICTURES: dict[str, tuple[tuple[Shape, ...], str, str]] = {
    **{f"badminton-court-{number}": (_COURT, *_COURT_TOLD) for number in (1, 2)},
    "table-tennis-1": (_TABLE, "一张蓝色的乒乓球台", "A blue table-tennis table"),
    "reading-room": (_READING, "书架、窗户和一张阅览桌", "A bookshelf, a window and a reading table"),
}


def seed(call: Call) -> None:
    """Add the pictures of spaces that nobody has put photos in. It can be called again."""
    ids = {demo_id("space", code): code for code in PICTURES}
    known = set(call.session.scalars(select(SpaceGallery.space_id).where(SpaceGallery.space_id.in_(ids))))
    for space_id in ids.keys() - known:
        shapes, zh, en = PICTURES[ids[space_id]]
        content, photo_id = drawn(shapes), demo_id("space photo", ids[space_id])
        photo = Photo(
            id=photo_id,
            community_id=COMMUNITY,
            uploaded_by=None,
            claimed_by=f"space {space_id}",
            in_case=True,
            state=STORED,
            media_type="image/jpeg",
            width=SIZE[0],
            height=SIZE[1],
            size=len(content),
            created_at=call.now,
            content=content,
        )
        call.session.add_all([photo, SpaceGallery(space_id=space_id, community_id=COMMUNITY, version=1)])
        call.session.flush()
        call.session.add(SpacePhoto(photo_id=photo_id, space_id=space_id, position=1, alt_zh=zh, alt_en=en))
    call.session.flush()
