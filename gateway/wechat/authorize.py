"""The page of WeChat on which a person agrees to sign in to a page of an official account."""

from typing import Final
from urllib.parse import urlencode

SCOPES: Final = ("snsapi_base", "snsapi_userinfo")


def is_wechat(user_agent: str) -> bool:
    """Whether this is WeChat's own browser. WeCom says both names, and cannot sign in with an official account."""
    return "MicroMessenger/" in user_agent and "wxwork" not in user_agent.lower()


def address(page: str, *, app_id: str, scope: str, return_to: str, state: str) -> str:
    """WeChat wants the parameters in this order, and the fragment."""
    query = urlencode({"appid": app_id, "redirect_uri": return_to, "response_type": "code", "scope": scope, "state": state})
    return f"{page}?{query}#wechat_redirect"
