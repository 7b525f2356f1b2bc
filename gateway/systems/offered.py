"""The rights that admins can give to systems. The operations of the API name the right that they need, and a test compares
both. Never offer a scope that is not in the grammar of rights: services allow everything to the scope `gateway`."""

from collections.abc import Iterable, Sequence

from chassis.rpc.communities import Communities
from chassis.rpc.interface import Words
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rights import NotARight, Right, simplified
from chassis.rpc.rules import Rule

MESSAGES = "messages:read"  # the only right that may name types
RIGHTS = Words(
    {
        MESSAGES: ("读取消息", "Read messages"),
        "cases:read": ("查看事项（不含个人信息）", "Read cases, without personal data"),
        "cases:write": ("以本系统的名义提交事项", "Report cases as itself"),
        "bookings:read": ("查看预约（不含个人信息）", "Read bookings, without personal data"),
        "bookings:write": ("为居民预约、改期和取消", "Book, move and cancel for residents"),
    }
)
MOST = 60  # of one system
EXAMPLES = ["messages:read:case.*", "cases:write@liuyi"]
NOT_A_RIGHT = Rule(
    "not_a_right",
    "Not a right. Rights look like `cases:read`, `cases:read@liuyi` or `messages:read:case.*@liuyi`.",
    "不是有效的权限，应形如 cases:read、cases:read@liuyi 或 messages:read:case.*@liuyi。",
)
BAD_RIGHT = Rule(
    "bad_right",
    "`{right}` is not a right. Rights are {known}, for messages also with types (`messages:read:case.*`), each optionally with "
    "a community (`@liuyi`).",
    "“{right}”不是有效的权限。可用的权限：{known}；读取消息可指定类型（messages:read:case.*），都可限定社区（@liuyi）。",
)
RIGHT_ELSEWHERE = Rule(
    "right_elsewhere",
    "`{right}` names a community that the system does not reach.",
    "“{right}”中的社区不在该系统的范围内。",
)


def checked(texts: Sequence[str], reach: Communities, field: str) -> list[str]:
    """The rights for a system that reaches `reach`, without those that others cover, sorted. Raises InvalidField."""
    rights = [_offered(text, field) for text in texts]
    for right in rights:
        if right.community is not None and right.community not in reach:
            raise InvalidField(RIGHT_ELSEWHERE, field, right=str(right))
    return texts_of(simplified(rights))


def texts_of(rights: Iterable[Right]) -> list[str]:
    return [str(right) for right in rights]


def _offered(text: str, field: str) -> Right:
    try:
        right = Right.parse(text)
    except NotARight:
        right = None
    if right is None or right.name not in RIGHTS or (right.types is not None and right.name != MESSAGES):
        raise InvalidField(BAD_RIGHT, field, right=text[:80], known=", ".join(RIGHTS))
    return right
