"""Somebody at the pages: signs in, reads, and notices what is wrong with a page."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, expect

from gateway.demo import RESIDENTS

PHONES = {person.username: person.phone for person in RESIDENTS}
CODE, PASSWORD = "246810", "linli-demo"
# What ends beyond the window's right edge, unless something around it scrolls or hides what is too wide.
STICKS_OUT = """() => [...document.querySelectorAll("body *")].filter(one => {
  if (one.getBoundingClientRect().right <= window.innerWidth) return false;
  for (let around = one.parentElement; around && around !== document.body; around = around.parentElement)
    if (getComputedStyle(around).overflowX !== "visible") return false;
  return true;
}).map(one => one.outerHTML.slice(0, 120))"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Chromium says so of every page whose status is an error; that a page has it is what the tests ask for.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of (401|403|404|409|410|422)")


@cache
def axe() -> str:
    return (Path(__file__).parent / "vendor/axe.min.js").read_text()


class Reader:
    """`troubles` is what the console complained about: scripts that failed, what the security policy kept out."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name = page, name
        self.troubles: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not EXPECTED.search(message.text):
            self.troubles.append(f"{self.page.url}: {message.text}")

    def sign_in(self) -> None:
        """Through the form, as people do."""
        if self.name in PHONES:
            self.go("/sign-in")
            self.page.locator("#phone").fill(PHONES[self.name])
            self.page.locator("main form.card button").click()
            self.page.locator("#code").fill(CODE)
        else:
            self.go("/sign-in/staff")
            self.page.locator("#username").fill(self.name)
            self.page.locator("#password").fill(PASSWORD)
        self.page.locator("main form.card button").click()
        expect(self.page.locator("main h1")).to_be_visible()

    def go(self, path: str) -> None:
        answer = self.page.goto(path)
        assert answer is not None and answer.status < 500, f"{path}: {answer and answer.status}"

    def press(self, name: str, role: Any = "button") -> None:
        """Presses the first button (or link) of that name in the page's own part."""
        self.page.locator("main").get_by_role(role, name=name).first.click()

    def sees(self, text: str) -> None:
        expect(self.page.locator("body")).to_contain_text(text)

    def check_page(self) -> None:
        """Fits its window, and axe finds nothing. A script that runs before the style sheets come sees a page without them."""
        self.page.wait_for_load_state("load")
        width, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        too_wide = f"{self.page.url} is {width} wide in a window of {window}"
        assert width <= window, f"{too_wide}: {self.page.evaluate(STICKS_OUT)}"
        self.page.evaluate(axe())
        found = self.page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        problems = [
            f"{problem['id']}: {node['target']} {node['failureSummary']}"
            for problem in found["violations"]
            for node in problem["nodes"]
        ]
        assert not problems, f"{self.page.url}\n" + "\n".join(problems)
