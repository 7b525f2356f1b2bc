"""Reading pages in tests as a browser without scripts does: forms with their fields, links, and the text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form of a page; `fields` holds what a browser would send if nothing were typed."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """`forms`, `links` (href by text), `ids`, `text` (without tags), and every `(tag, attributes)` in `tags`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.text = html, ""
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._form: Form | None = None
        self._select = self._textarea = self._href = ""
        self.feed(html)

    @property
    def language(self) -> str:
        return next(attributes["lang"] for tag, attributes in self.tags if tag == "html")

    def form(self, action: str) -> Form:
        """The first form whose action contains `action`."""
        for form in self.forms:
            if action in form.action:
                return form
        raise AssertionError(f"no form to {action}; there are {[form.action for form in self.forms]}")

    def link(self, part: str) -> str:
        """The address of the first link that contains `part`."""
        for href, _ in self.links:
            if part in href:
                return href
        raise AssertionError(f"no link to {part}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get"))
            self.forms.append(self._form)
        elif tag == "a":
            self._href = found.get("href", "")
            self.links.append((self._href, ""))
        elif self._form is not None:
            self._take(tag, found)

    def _take(self, tag: str, found: dict[str, str]) -> None:
        assert self._form is not None
        name = found.get("name", "")
        if tag == "input" and name and found.get("type") != "file":
            if found.get("type") not in {"radio", "checkbox"} or "checked" in found:
                self._form.fields[name] = found.get("value", "on" if found.get("type") == "checkbox" else "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in self._form.fields or "selected" in found):
            self._form.fields[self._select] = found.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            self._form.fields[name] = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._textarea and self._form is not None:
            self._form.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""
