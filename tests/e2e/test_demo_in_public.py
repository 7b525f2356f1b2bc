"""The demo, whose passwords are public, answers nobody who comes from elsewhere, whatever the settings say."""

import pytest
import requests


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "linli.example.cn"},
        {"X-Forwarded-Host": "linli.example.cn"},
        {"X-Forwarded-For": "114.114.114.114"},
        {"Forwarded": "for=114.114.114.114;proto=https;host=linli.example.cn"},
    ],
)
def test_a_request_through_a_proxy_is_refused_before_it_can_sign_in(district_url: str, headers: dict[str, str]) -> None:
    body = {"username": "admin", "password": "linli-demo"}
    refused = requests.post(f"{district_url}/api/v1/auth/sessions", json=body, headers=headers, timeout=10)
    assert (refused.status_code, refused.json()["code"]) == (403, "demo_in_public")
    page = requests.get(f"{district_url}/sign-in", headers=headers, timeout=10)
    assert page.status_code == 403 and "246810" not in page.text and "LINLI_DEMO=false" in page.text
    assert requests.get(f"{district_url}/livez", headers=headers, timeout=10).ok
    assert requests.post(f"{district_url}/api/v1/auth/sessions", json=body, timeout=10).status_code == 201
