"""The check of every page sees what it should see."""

import pytest

from tests.pages import POLICY, Page

HEADERS = {
    "Content-Security-Policy": "; ".join(
        [*(f"{name} {value}" for name, value in POLICY.items()), "script-src 'nonce-3b9yX0s1Qm7LZt5u'"]
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
GOOD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Cases · Ethics Rounds</title>
<script type="module" src="/static/js/main.js" nonce="3b9yX0s1Qm7LZt5u"></script>
</head>
<body>
<main>
<h1>Cases</h1>
<h2>Find one</h2>
<form method="post" action="/cases">
<input type="hidden" name="csrf_token" value="x">
<label for="q">Words</label><input id="q" name="q">
<button type="submit">Find</button>
</form>
</main>
</body>
</html>
"""


def problems(html: str, **headers: str) -> list[str]:
    return Page(html, {**HEADERS, **headers}, personal=True).problems()


def test_a_good_page_has_no_problems():
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("</form>", "</div></form>", "invalid HTML at 15:6: end-tag-too-early {'name': 'div'} in '</div></form>'"),
        ("</main>", "</main>&nosuch;", "invalid HTML at 16:10: expected-named-entity  in '</main>&nosuch;'"),
        ("<h1>Cases</h1>", "", "0 × <h1>"),
        ("<h1>Cases</h1>", "<h1>Cases</h1><h1>Cases</h1>", "2 × <h1>"),
        ("<h1>Cases</h1>", "<h1>Rounds</h1>", "<title> does not open with the heading 'Rounds'"),
        ("<h2>Find one</h2>", "<h3>Find one</h3>", "the headings jump from h1 to h3"),
        ("<h2>", '<h2 id="q">', "id 'q' stands 2 times"),
        ("<h2>", '<h2 style="color: red">', "inline style on <h2>"),
        ("<h2>", '<h2 onclick="go()">', "inline handler onclick on <h2>"),
        ("</title>", "</title><style>h1 {}</style>", "inline style on <style>"),
        ("</script>", "go()</script>", "a script without src and nonce, or with words inside"),
        (' src="/static/js/main.js"', "", "a script without src and nonce, or with words inside"),
        ("3b9yX0s1Qm7LZt5u", "old", "the nonce of a script is not the one in the policy"),
        ('<input type="hidden" name="csrf_token" value="x">', "", "no csrf_token in the form to /cases"),
        ('<label for="q">Words</label>', "", "no label for <input name='q'>"),
        ("<h2>", '<h2 aria-describedby="p">', "aria-describedby='p' on <h2> names nothing"),
        ('<button type="submit">', "<button>", "button 'Find' has no type"),
        (">Find<", "><", "a button without words"),
        (' lang="en"', "", "no language on <html>"),
        ("<h1>", '<img src="/a.svg"><h1>', "no alt on /a.svg"),
    ],
)
def test_a_fault_is_named(good, bad, problem):
    assert GOOD.count(good) >= 1
    assert problems(GOOD.replace(good, bad)) == [problem]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("Referrer-Policy", "unsafe-url", "Referrer-Policy: 'unsafe-url'"),
        ("X-Content-Type-Options", "", "X-Content-Type-Options: ''"),
        ("Cache-Control", "public", "a personal page may be stored"),
        ("ETag", '"1"', "a personal page carries a validator"),
    ],
)
def test_a_missing_header_is_named(name, value, problem):
    assert problems(GOOD, **{name: value}) == [problem]
