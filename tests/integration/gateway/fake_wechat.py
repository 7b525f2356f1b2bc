"""A server that answers as WeChat documents it: errors come with status 200, JSON comes as text/plain. The page where people
agree sends their browser back with a code."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

MINI, OFFICIAL, SECRET = "wx0000000000000001", "wx0000000000000002", "s3cret"
MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40013: "invalid appid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    42001: "access_token expired",
    45011: "api minute-quota reach limit, must slower, retry next minute",
}
Json = dict[str, Any]


def refused(code: int) -> Json:
    return {"errcode": code, "errmsg": f"{MESSAGES.get(code, 'refused')}, rid: 65f0c1a2-3b4c5d6e-7f8090a1"}


class FakeWeChat:
    """`people`: the answer to each unused code. `phones`: the phone_info of each unused code. `scripted`: error codes, or raw
    bodies, that a path answers next. `asked`: the paths, in order."""

    def __init__(self) -> None:
        self.people: dict[str, Json] = {}
        self.phones: dict[str, Json] = {}
        self.scripted: dict[str, list[int | bytes]] = {}
        self.asked: list[str] = []
        self.used: set[str] = set()
        self.tokens, self.refusal_of_token, self.address = 0, 40001, ""
        self.visitor = ""  # the openid of whoever opens the page where people agree

    def person(self, code: str, openid: str, **more: Any) -> str:
        self.people[code] = {"openid": openid, **more}
        return code

    def phone(self, code: str, number: str, *, country: object = "86", app_id: str = MINI) -> str:
        watermark = {"timestamp": 1637744274, "appid": app_id}
        told = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": country, "watermark": watermark}
        self.phones[code] = told
        return code

    def agreed(self, query: dict[str, str]) -> str:
        """Where the browser of the visitor is sent. WeChat shows an error page if a parameter is not as it should be."""
        assert list(query) == ["appid", "redirect_uri", "response_type", "scope", "state"], query
        assert query["appid"] == OFFICIAL and query["response_type"] == "code" and query["scope"].startswith("snsapi_")
        assert 0 < len(query["state"]) <= 128 and query["state"].isalnum()
        code = self.person(uuid4().hex, self.visitor, scope=query["scope"])
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def expire_token(self, code: int) -> None:
        """The access token of now is refused with `code`. stable_token gives another one."""
        self.tokens, self.refusal_of_token = self.tokens + 1, code

    def answer(self, path: str, query: dict[str, str], body: Json) -> Json | bytes:
        self.asked.append(path)
        if waiting := self.scripted.get(path):
            told = waiting.pop(0)
            return told if isinstance(told, bytes) else refused(told)
        given = query | body
        app_ids = {"/sns/oauth2/access_token": OFFICIAL}
        if path in ("/sns/jscode2session", "/sns/oauth2/access_token", "/cgi-bin/stable_token"):
            if given["appid"] != app_ids.get(path, MINI):
                return refused(40013)
            if given["secret"] != SECRET:
                return refused(40125)
        if path == "/cgi-bin/stable_token":
            assert body["grant_type"] == "client_credential"
            return {"access_token": f"token-{self.tokens}", "expires_in": 7200}
        if path == "/sns/jscode2session":
            assert query["grant_type"] == "authorization_code"
            return self._once(self.people, query["js_code"], {"session_key": "HyVFkGl5F5OQWJZZaNzBBg=="})
        if path == "/sns/oauth2/access_token":
            assert query["grant_type"] == "authorization_code"
            more = {"access_token": "of-person", "expires_in": 7200, "refresh_token": "r", "scope": "snsapi_base"}
            return self._once(self.people, query["code"], more)
        if path == "/sns/userinfo":
            return {"openid": query["openid"], "nickname": "王", "unionid": f"union-of-{query['openid']}"}
        assert path == "/wxa/business/getuserphonenumber", path
        if query["access_token"] != f"token-{self.tokens}":
            return refused(self.refusal_of_token)
        answer = self._once(self.phones, body["code"], {})
        return answer if "errcode" in answer else {"errcode": 0, "errmsg": "ok", "phone_info": answer}

    def _once(self, known: dict[str, Json], code: str, more: Json) -> Json:
        if code in self.used:
            return refused(40163)
        if code not in known:
            return refused(40029)
        self.used.add(code)
        return more | known[code]


@contextmanager
def running() -> Iterator[FakeWeChat]:
    wechat = FakeWeChat()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/connect/oauth2/authorize":
                self.send_response(302)
                self.send_header("Location", wechat.agreed(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            answer = wechat.answer(parts.path, query, body)
            content = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

        def log_message(self, *_: Any) -> None:
            """Keep the output of the tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    wechat.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield wechat
    finally:
        server.shutdown()
        server.server_close()
