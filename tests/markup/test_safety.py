"""Nothing that runs, lies or tells on the reader gets through, whatever is typed."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethics.markup import Profile, render

BASE = "/cases/the-line/"
POST_TAGS = {"a", "blockquote", "br", "code", "div", "em", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong"} | {
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
TAGS = {Profile.POST: POST_TAGS, Profile.CASE: POST_TAGS | {"abbr", "img", "sup"}}
ATTRIBUTES = {
    "a": {"class", "href", "rel", "title"},
    "abbr": {"title"},
    "code": {"class"},
    "div": {"aria-label", "class", "role", "tabindex"},
    "img": {"alt", "src", "title"},
    "li": {"id"},
    "ol": {"start"},
    "p": {"class"},
    "pre": {"class"},
    "sup": {"id"},
    "td": {"align"},
    "th": {"align"},
}


def elements(html: str) -> Iterator[Element]:
    """Every element a browser would see, from a parser that the house does not use for cleaning."""
    return (
        element
        for element in html5lib.parseFragment(html, namespaceHTMLElements=False).iter()
        if element.tag != "DOCUMENT_FRAGMENT"
    )


def assert_harmless(html: str, profile: Profile) -> None:
    for element in elements(html):
        assert isinstance(element.tag, str), "a comment"
        assert element.tag in TAGS[profile]
        assert set(element.attrib) - ATTRIBUTES.get(element.tag, set()) == set()
        for name in {"href", "src"} & set(element.attrib):
            address = element.attrib[name]
            assert urlsplit(address).scheme in {"", "http", "https", "mailto"}
            assert not re.search(r"[\\`\s\x00-\x1f\x7f\xad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", address)
            assert not address.startswith("//")
        if element.tag == "img":
            assert element.get("src", "").startswith(BASE)
        if element.tag == "p" and "class" in element.attrib:
            assert element.attrib["class"] == "unrendered-notice"


def hrefs(html: str) -> list[str | None]:
    return [element.get("href") for element in elements(html) if element.tag == "a"]


REFUSED_ADDRESSES = [
    "javascript:123",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\x01script:alert(1)",
    "\x01javascript:alert(1)",
    "&#106;avascript:123",
    "&#x6A;avascript&colon;123",
    "javascript&colon;123",
    "javascript&Tab;:123",
    "java&NewLine;script:123",
    "javascript\\:123",
    "javascript&#0000058alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:123",
    "file:///etc/passwd",
    "ftp://files.example/x",
    "blob:https://ward.example/1",
    "about:blank",
    "ward:80",
    "ward.example",
    "//outside.example/x",
    "/\\outside.example/x",
    "\\\\outside.example\\x",
    "/&#92;outside.example",
    "/&#47;outside.example",
    "&#47;/outside.example",
    "http:outside.example",
    "https:/outside.example",
    "https:\\\\outside.example",
    "https://",
    "https:///outside.example",
    "https://ward.example/\u202egpj.exe",
    "https://ward.example/&#x202e;gpj.exe",
    "https://ward.example/\u2066x",
    "https://wa\u200brd.example/",
    "https://wa\u00adrd.example/",
    "https://wa&shy;rd.example/",
    "https://ward.example/\ufeff",
    "https://ward.example/\u00a0x",
    "https://ward.example/%60`x",
    "mailto:",
]


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
@pytest.mark.parametrize("profile", Profile)
def test_a_link_to_such_an_address_is_no_link(address: str, profile: Profile) -> None:
    typed = [f"[Rosa]({address})", f"[Rosa](<{address}>)", f'[Rosa]({address} "Rosa")', f"[Rosa][r]\n\n[r]: {address}"]
    for source in [*typed, f"[r]: <{address}>\n\n[r]"]:
        html = render(source, profile=profile).html
        assert_harmless(html, profile)
        assert [href for href in hrefs(html) if href] == []


@pytest.mark.parametrize(
    ("address", "href"),
    [
        ("https://www.who.int/ethics?a=1&b=2#top", "https://www.who.int/ethics?a=1&b=2#top"),
        ("HTTP://www.who.int", "HTTP://www.who.int"),
        ("mailto:rosa@ward.example", "mailto:rosa@ward.example"),
        ("/library", "/library"),
        ("/", "/"),
        ("?page=2", "?page=2"),
        ("#debrief", "#debrief"),
    ],
)
def test_an_honest_link_stays(address: str, href: str) -> None:
    assert hrefs(render(f"[Rosa]({address})", profile=Profile.POST).html) == [href]


RAW_HTML = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//outside.example/x.js></ScRiPt>",
    "<img src=x onerror=alert(1)>",
    '<svg onload="alert(1)"><a xlink:href="javascript:123">x</a></svg>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    '<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe>',
    "<style>body{background:url(//outside.example)}</style>",
    '<p style="position:fixed">over everything</p>',
    '<a href="javascript:123">x</a>',
    '<a id="main" name="forms" class="button" href="/x">x</a>',
    '<form action="//outside.example"><input name="password"></form>',
    '<base href="//outside.example">',
    '<meta http-equiv="refresh" content="0;url=//outside.example">',
    "<!-- <script>alert(1)</script> -->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script\\>alert(1)",
    "**<b onclick=alert(1)>bold**",
    "> <script>\n> alert(1)\n> </script>",
    "- <details open ontoggle=alert(1)>",
    "| <script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    '```"><script>alert(1)</script>\nx\n```',
    "```{#main .x onclick=alert(1) style=y}\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "<javascript:123>",
    '<https://ward.example/"onmouseover=alert(1)>',
    '<rosa@ward.example?"><script>>',
    '[Rosa](/x "\\"onmouseover=alert(1) x=\\"")',
    "[Rosa](/x '\"><script>alert(1)</script>')",
    "[<img src=x onerror=alert(1)>](/x)",
    '![" onerror="alert(1)](drawing.png)',
    '![Drawing](drawing.png "\\" onerror=\\"alert(1)")',
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    '[^"><script>]\n\n[^"><script>]: note',
    '*[MI]: "><script>alert(1)</script>\n\nMI',
    "\x02wzxhzdk:0\x03 \x02klzzwxh:0000\x03 \x02amp\x03",
    "# <script>alert(1)</script>",
    "{: onclick=alert(1) #main .button }",
    "# Heading {#main onclick=alert(1)}",
]


@pytest.mark.parametrize("source", RAW_HTML)
@pytest.mark.parametrize("profile", Profile)
def test_raw_html_is_text(source: str, profile: Profile) -> None:
    rendered = render(source, profile=profile, image_base=BASE)
    assert rendered.whole
    assert_harmless(rendered.html, profile)


def test_raw_html_can_be_read_as_it_was_typed() -> None:
    html = render("Give <b onclick='x'>him</b> time & rest", profile=Profile.POST).html
    assert html == "<p>Give &lt;b onclick='x'&gt;him&lt;/b&gt; time &amp; rest</p>"
    html = render("<blockquote>\n<p>Stay.</p>\n</blockquote>", profile=Profile.CASE).html
    assert html == "<p>&lt;blockquote&gt;\n&lt;p&gt;Stay.&lt;/p&gt;\n&lt;/blockquote&gt;</p>"


@pytest.mark.parametrize(
    "address",
    [
        "https://outside.example/seen.png",
        "//outside.example/seen.png",
        "/account/picture.png",
        "../other/drawing.png",
        "..%2fdrawing.png",
        ".hidden.png",
        "drawing.png?seen=rosa",
        "drawing.png#x",
        "data:image/png;base64,AA==",
        "javascript:123",
        "dra\u202ewing.png",
        "drawing",
    ],
)
def test_a_picture_from_elsewhere_leaves_its_alternative_text(address: str) -> None:
    html = render(f"![The form]({address})", profile=Profile.CASE, image_base=BASE).html
    assert html == "<p><em>The form</em></p>"


def test_a_post_shows_no_pictures() -> None:
    html = render("![The form](drawing.png)", profile=Profile.POST, image_base=BASE).html
    assert html == "<p>![The form](drawing.png)</p>"
    html = render("![The form][f]\n\n[f]: drawing.png", profile=Profile.POST, image_base=BASE).html
    assert html == '<p>![The form]<a rel="noopener nofollow">f</a></p>'


@pytest.mark.parametrize(("prefix", "base"), [('"><b>', ""), ("a b", ""), ("", "//outside.example/"), ("", "x/")])
def test_a_strange_prefix_or_base_is_a_mistake_of_the_caller(prefix: str, base: str) -> None:
    with pytest.raises(ValueError, match="prefix holds"):
        render("Rosa", profile=Profile.CASE, prefix=prefix, image_base=base)


SCRAPS = [
    *("[", "](", ")", "![", "[^1]", "[^1]: ", "*[MI]: ", "MI ", "[who2021]", "[r]: ", "https://a.b", "x.png"),
    *("<", ">", "<script>", "&#", "&lt;", ";", "javascript:", "//", "\\", " onclick=", "style=", "{#a}", '"', "'"),
    *("`", "```", "~~~", "\n", "\n\n", "    ", "|", "|--|", "# ", "- ", "1. ", "> ", "*", "_"),
    *("\u202e", "\u200b", "\x02", "\x03"),
]


@settings(max_examples=300, deadline=None)
@given(
    source=st.one_of(st.text(max_size=200), st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join)),
    profile=st.sampled_from(Profile),
)
def test_any_text_is_harmless(source: str, profile: Profile) -> None:
    html = render(source, profile=profile, prefix="c7", image_base=BASE).html
    assert "<script" not in html.lower()
    assert_harmless(html, profile)
