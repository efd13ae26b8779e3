"""What every page must be, whoever fetched it: valid HTML, one heading, no inline script, the safe headers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.datastructures import MultiDict

#: Errors of html5lib's 2014 grammar that today's HTML allows, each with the reason.
FALSE_ALARMS: dict[str, str] = {}

REQUIRED_HEADERS = {
    "X-Content-Type-Options": r"nosniff",
    "Referrer-Policy": r"same-origin|strict-origin-when-cross-origin|no-referrer",
    "Permissions-Policy": r".+=\(\).*",
    "Cross-Origin-Opener-Policy": r"same-origin",
    "Cross-Origin-Resource-Policy": r"same-origin",
}
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}
REFERENCES = (
    "for",
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "aria-owns",
    "aria-details",
    "list",
    "form",
)
UNLABELLED_TYPES = {"hidden", "submit", "reset", "button", "image"}


def words(element: Element) -> str:
    """The text of an element as a reader meets it, with single spaces."""
    return " ".join("".join(element.itertext()).split())


class Page:
    """An HTML answer, parsed as a browser would; `problems()` lists what is wrong with it."""

    def __init__(self, html: str, headers: Mapping[str, str], *, personal: bool = False, fragment: bool = False):
        self.html = html
        self.headers = headers
        self.personal = personal
        self.fragment = fragment
        self._parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.root: Element = (self._parser.parseFragment if fragment else self._parser.parse)(html)

    @property
    def title(self) -> str:
        """The words of <title>."""
        return words(self.one("title"))

    @property
    def heading(self) -> str:
        """The words of the one <h1>."""
        return words(self.one("h1"))

    @property
    def text(self) -> str:
        """All words of the body."""
        return words(self.one("body"))

    @cached_property
    def elements(self) -> list[Element]:
        """Every element, in the order of the page."""
        return [element for element in self.root.iter() if isinstance(element.tag, str)]

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Every element of a tag with these attributes."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and all(element.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only element of a tag with these attributes; AssertionError where there are none or several."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × <{tag}> {attributes or ''}"
        return found[0]

    def form(self, action: str) -> Element:
        """The form that posts to `action`."""
        return self.one("form", action=action, method="post")

    def fields(self, form: Element) -> MultiDict[str, str]:
        """What a browser would send of the form as it stands, without any button."""
        found: MultiDict[str, str] = MultiDict()
        for field in form.iter():
            name = field.get("name")
            if not name or field.get("disabled") is not None:
                continue
            if field.tag == "textarea":
                found.add(name, field.text or "")
            elif field.tag == "select":
                chosen = [option for option in field.iter("option") if option.get("selected") is not None]
                for option in chosen or list(field.iter("option"))[: 0 if field.get("multiple") is not None else 1]:
                    found.add(name, option.get("value", words(option)))
            elif field.tag == "input" and field.get("type") in ("radio", "checkbox"):
                if field.get("checked") is not None:
                    found.add(name, field.get("value", "on"))
            elif field.tag == "input" and field.get("type") not in ("submit", "image", "reset", "button", "file"):
                found.add(name, field.get("value", ""))
        return found

    def fill_in(self, form: Element, values: Mapping[str, str | Sequence[str]]) -> MultiDict[str, str]:
        """The form's fields with `values` in place; AssertionError for what a person could not have entered."""
        filled = self.fields(form)
        for name, value in values.items():
            wanted = [value] if isinstance(value, str) else list(value)
            controls = [element for element in form.iter() if element.get("name") == name]
            assert controls, f"the form to {form.get('action')} has no field {name!r}"
            offered = _offered(controls)
            assert offered is None or set(wanted) <= offered, f"{name!r} offers {offered}, not {wanted}"
            filled.setlist(name, wanted)
        return filled

    def problems(self) -> list[str]:
        """Everything that is wrong, in words; empty when all is well."""
        found = [*self._grammar(), *self._content(), *self._forms(), *self._headers()]
        return found if self.fragment else [*found, *self._outline()]

    def _grammar(self) -> Iterator[str]:
        lines = self.html.splitlines()
        for (line, column), code, data in self._parser.errors:
            if code not in FALSE_ALARMS and not (self.fragment and code == "expected-doctype-but-got-start-tag"):
                place = lines[line - 1].strip() if 0 < line <= len(lines) else ""
                yield f"invalid HTML at {line}:{column}: {code} {data or ''} in {place[:120]!r}"

    def _content(self) -> Iterator[str]:
        identifiers = Counter(element.get("id") for element in self.elements if element.get("id") is not None)
        for identifier, times in identifiers.items():
            if times > 1:
                yield f"id {identifier!r} stands {times} times"
        for element in self.elements:
            tag = element.tag
            if tag == "style" or element.get("style") is not None:
                yield f"inline style on <{tag}>"
            if tag == "script" and (words(element) or not element.get("src") or not element.get("nonce")):
                yield "a script without src and nonce, or with words inside"
            if tag == "img" and element.get("alt") is None:
                yield f"no alt on {element.get('src')}"
            yield from (f"inline handler {name} on <{tag}>" for name in element.attrib if name.startswith("on"))
            for name in REFERENCES:
                for identifier in (element.get(name) or "").split():
                    if identifier not in identifiers and not self.fragment:
                        yield f"{name}={identifier!r} on <{tag}> names nothing"

    def _forms(self) -> Iterator[str]:
        for form in self.all("form"):
            if (form.get("method") or "get").lower() == "post" and not any(
                field.get("name") == "csrf_token" and field.get("value") for field in form.iter("input")
            ):
                yield f"no csrf_token in the form to {form.get('action')}"
        labelled = {label.get("for") for label in self.all("label")}
        wrapped = {field for label in self.all("label") for field in label.iter()}
        for field in self.elements:
            if field.tag not in ("input", "select", "textarea") or field.get("type") in UNLABELLED_TYPES:
                continue
            named = field.get("aria-label") or field.get("aria-labelledby")
            if not named and field not in wrapped and field.get("id") not in labelled:
                yield f"no label for <{field.tag} name={field.get('name')!r}>"
        for button in self.all("button"):
            if not words(button) and not button.get("aria-label") and not button.get("aria-labelledby"):
                yield "a button without words"
            if button.get("type") not in ("submit", "button", "reset"):
                yield f"button {words(button)!r} has no type"

    def _outline(self) -> Iterator[str]:
        headings = self.all("h1")
        if len(headings) != 1:
            yield f"{len(headings)} × <h1>"
        elif len(self.all("title")) != 1 or not self.title.startswith(self.heading) or not self.heading:
            yield f"<title> does not open with the heading {self.heading!r}"
        if not self.one("html").get("lang"):
            yield "no language on <html>"
        if len(self.all("main")) != 1:
            yield f"{len(self.all('main'))} × <main>"
        levels = [int(element.tag[1]) for element in self.elements if re.fullmatch(r"h[1-6]", element.tag)]
        for before, after in pairwise(levels):
            if after > before + 1:
                yield f"the headings jump from h{before} to h{after}"

    def _headers(self) -> Iterator[str]:
        yield from header_problems(self.headers)
        nonces = {element.get("nonce") for element in self.all("script")}
        if nonces and nonces != {nonce_of(self.headers)}:
            yield "the nonce of a script is not the one in the policy"
        if self.personal and "no-store" not in self.headers.get("Cache-Control", ""):
            yield "a personal page may be stored"
        if self.personal and self.headers.get("ETag"):
            yield "a personal page carries a validator"


def _offered(controls: Iterable[Element]) -> set[str] | None:
    """The values one can choose among; None where one types."""
    options: set[str] = set()
    for control in controls:
        if control.tag == "select":
            options |= {option.get("value", words(option)) for option in control.iter("option")}
        elif control.tag == "button" or control.get("type") in ("radio", "checkbox"):
            options.add(control.get("value", "on"))
        else:
            return None
    return options


def nonce_of(headers: Mapping[str, str]) -> str | None:
    """The nonce in the Content-Security-Policy."""
    found = re.search(r"'nonce-([\w+/=-]+)'", headers.get("Content-Security-Policy", ""))
    return found[1] if found else None


def header_problems(headers: Mapping[str, str]) -> list[str]:
    """What is missing or wrong in the headers that every answer carries, pages or not."""
    found = [
        f"{name}: {headers.get(name)!r}"
        for name, pattern in REQUIRED_HEADERS.items()
        if not re.fullmatch(pattern, headers.get(name, ""))
    ]
    parts = (part.strip().partition(" ") for part in headers.get("Content-Security-Policy", "").split(";"))
    policy = {name: value for name, _, value in parts if name}
    script = policy.pop("script-src", "")
    if policy != POLICY or not re.fullmatch(r"'nonce-[\w+/=-]{16,}'", script):
        found.append(f"Content-Security-Policy: {headers.get('Content-Security-Policy')!r}")
    return found


def errors(page: Page) -> list[str]:
    """What stands beside the fields that were refused."""
    return [words(element) for element in page.elements if "field-error" in (element.get("class") or "").split()]
