"""Where LINLI_SMTP_URL points."""

import pytest

from services.notify.delivery.channels.smtp import Server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", Server("mail.example.com", 25, "none")),
        ("smtp://127.0.0.1:2525", Server("127.0.0.1", 2525, "none")),
        ("smtp+starttls://mail.example.com", Server("mail.example.com", 587, "starttls")),
        ("smtps://linli:s%40fe@mail.example.com", Server("mail.example.com", 465, "tls", "linli", "s@fe")),
        ("smtp://linli:safe@localhost:2525", Server("localhost", 2525, "none", "linli", "safe")),
    ],
)
def test_urls_that_mean_something(url: str, server: Server) -> None:
    assert Server.from_url(url) == server


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://linli:safe@mail.example.com"]
)
def test_urls_that_do_not_or_would_show_a_password(url: str) -> None:
    with pytest.raises(ValueError):
        Server.from_url(url)


def test_a_password_is_not_shown() -> None:
    assert "safe" not in repr(Server.from_url("smtps://linli:safe@mail.example.com"))
