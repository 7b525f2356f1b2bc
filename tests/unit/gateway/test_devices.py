"""What a device is called, from what its client says."""

import pytest

from gateway.accounts.devices import name_of

WECHAT = "Mozilla/5.0 (Linux; Android 14; V2301) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.44"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Version/17.1 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (WECHAT, "WeChat · Android"),
        (EDGE, "Edge · Windows"),
        (SAFARI, "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0", "Firefox · Linux"),
        ("python-requests/2.31", "python-requests"),
        ("x" * 300, "x" * 40),
        ("", ""),
        (None, ""),
    ],
)
def test_the_name_of_a_device(user_agent: str | None, name: str) -> None:
    assert name_of(user_agent) == name
