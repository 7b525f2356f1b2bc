"""`linli admin` on a database server: makes the first admin, and lets one in who is locked out."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from chassis.config import settings
from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.accounts.models import Account
from gateway.directory import use_cases as directory
from tests.integration.gateway.conftest import START, Caller
from tests.unit.gateway.pages.conftest import Browser

Run = subprocess.CompletedProcess[str]
Linli = Callable[..., Run]
TOKEN = re.compile(r"  (\S+/invitation\?token=([\w-]{43}))\n")
PASSWORD = "a-password-of-my-own"


@pytest.fixture
def linli(database: Engine, tmp_path: Path) -> Linli:
    """`linli("create", …)`, with a directory of two communities. It begins as the installation would: nobody is there."""
    with transaction(database) as session:
        for community_id, prefix in (("north", "BG"), ("south", "NG")):
            directory.put_community(
                Call(session, START),
                id=community_id,
                name={"zh-CN": community_id},
                time_zone="Asia/Shanghai",
                number_prefix=prefix,
            )
    url = database.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    keys = ",".join(settings().encryption_keys)
    environment = inherited | {"LINLI_DATABASE_URL_GATEWAY": url, "LINLI_ENCRYPTION_KEYS": keys, "LINLI_HOME": str(tmp_path)}

    def run(*arguments: str, input: str = "") -> Run:
        return subprocess.run(
            [sys.executable, "-m", "chassis.cli.main", "admin", *arguments],
            env=environment,
            input=input,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def nothing(database: Engine) -> None:
    """Take the communities away again, and what was said about them."""
    with transaction(database) as session:
        for table in ("community", "outbox"):
            session.execute(text(f"TRUNCATE {table} CASCADE"))


def token(run: Run) -> str:
    assert run.returncode == 0, run.stdout
    found = TOKEN.search(run.stdout)
    assert found, run.stdout
    return found[2]


def test_an_admin_is_made_signs_in_and_is_listed(linli: Linli, app: Flask, visitor: Caller) -> None:
    assert "there is no admin yet" in linli("list").stdout
    link = token(linli("create", "he.wei", "--name", "何伟"))
    linli("create", "liu.fang", "--name", "刘芳", "--community", "south", "--community", "north")
    assert visitor.post("/auth/invitations", json={"token": link, "password": PASSWORD}).status_code == 200
    signed_in = visitor.post("/auth/sessions", json={"username": "he.wei", "password": PASSWORD}).json["account"]
    assert (signed_in["roles"], signed_in["whole_district"]) == (["admin"], True)
    assert re.findall(r"(\S+) +(active|invited) +(.+)", linli("list").stdout) == [
        ("he.wei", "active", "the whole district"),
        ("liu.fang", "invited", "north, south"),
    ]


def test_what_is_refused(linli: Linli) -> None:
    for arguments, problem in (
        (("create", "He Wei", "--name", "何伟"), "'He Wei' is no user name"),
        (("create", "he.wei", "--name", "何伟", "--community", "nowhere"), "communities: This is not in use here."),
        (("create", "he.wei", "--name", "何伟", "--password"), "the password must have 10 to 200 characters"),
        (("reset", "nobody"), "there is no admin nobody"),
    ):
        run = linli(*arguments, input="short\n")
        assert run.returncode == 1 and problem in run.stdout and "Traceback" not in run.stdout
    assert "there is no admin yet" in linli("list").stdout


def test_a_password_from_stdin(linli: Linli, visitor: Caller) -> None:
    made = linli("create", "he.wei", "--name", "何伟", "--password", input=f"{PASSWORD}\n")
    assert made.stdout == "he.wei is an admin of the whole district\n"
    assert visitor.post("/auth/sessions", json={"username": "he.wei", "password": PASSWORD}).status_code == 201
    taken = linli("create", "he.wei", "--name", "何伟")
    assert taken.returncode == 1 and "already taken" in taken.stdout


def test_a_reset_ends_everything_of_before(linli: Linli, visitor: Caller, app: Flask, database: Engine) -> None:
    linli("create", "he.wei", "--name", "何伟", "--password", input=f"{PASSWORD}\n")
    session = visitor.post("/auth/sessions", json={"username": "he.wei", "password": PASSWORD}).json
    signed_in = Caller(app.test_client(use_cookies=False), {"Authorization": f"Bearer {session['token']}"})
    assert signed_in.post("/me/totp", json={"password": PASSWORD}).status_code == 201
    reset = linli("reset", "he.wei", "--address", "https://linli.example/")
    assert "  https://linli.example/invitation?token=" in reset.stdout
    assert signed_in.get("/me").status_code == 401
    assert visitor.post("/auth/sessions", json={"username": "he.wei", "password": PASSWORD}).status_code == 401
    assert visitor.post("/auth/invitations", json={"token": token(reset), "password": "another-" + PASSWORD}).status_code == 200
    again = visitor.post("/auth/sessions", json={"username": "he.wei", "password": "another-" + PASSWORD})
    assert again.status_code == 201, "the authenticator is gone too"


def test_a_reset_lets_in_an_admin_who_was_switched_off(linli: Linli, visitor: Caller, database: Engine) -> None:
    linli("create", "he.wei", "--name", "何伟")
    with Session(database) as session:
        session.query(Account).filter_by(username="he.wei").update({"disabled_at": START})
        session.commit()
    assert re.search(r"he\.wei +disabled", linli("list").stdout)
    link = token(linli("reset", "he.wei"))
    assert visitor.post("/auth/invitations", json={"token": link, "password": PASSWORD}).status_code == 200


def test_accounts_of_the_demo_are_not_admins_of_the_installation(linli: Linli, people: None, database: Engine) -> None:
    assert "there is no admin yet" in linli("list").stdout
    assert linli("reset", "admin").returncode == 1
    with Session(database) as session:
        assert session.get_one(Account, demo_id("account", "admin")).password_hash


def test_an_empty_installation_is_set_up_on_pages(linli: Linli, nothing: None, app: Flask, visitor: Caller) -> None:
    """The first admin, the first community, the first clerk of it; then visitors see the centre."""
    refused = linli("create", "early", "--name", "早", "--community", "liuyi")
    assert refused.returncode == 1 and "communities" in refused.stdout, "of a community that does not exist"
    link = token(linli("create", "he.wei", "--name", "何伟"))
    visitor.post("/auth/invitations", json={"token": link, "password": PASSWORD})
    browser = Browser(app.test_client())
    sign_in = browser.get("/sign-in/staff").form("/sign-in/staff")
    assert browser.send(sign_in, username="he.wei", password=PASSWORD).status_code == 303
    new = "/admin/communities/new"
    assert browser.client.get("/").headers["Location"].startswith("/communities"), "there is nothing to see yet"
    made = browser.send(browser.get(new).form(new), id="liuyi", name_zh="六一社区", number_prefix="LY", phone="0394-0000001")
    assert made.headers["Location"] == "/admin/communities/liuyi"
    grid = "/admin/communities/liuyi/grids/new"
    assert browser.send(browser.get(grid).form(grid), id="liuyi-1", name_zh="第一网格", position="0").status_code == 303
    staff = browser.get("/admin/staff/new").form("/admin/staff/new")
    invited = browser.send(staff, name="刘芳", username="liu.fang", roles="clerk")
    assert invited.status_code == 200 and "/invitation?token=" in invited.get_data(as_text=True)
    assert "0394-0000001" in app.test_client().get("/privacy").get_data(as_text=True), "visitors see the centre"
    assert visitor.get("/communities").json["items"][0]["id"] == "liuyi"
