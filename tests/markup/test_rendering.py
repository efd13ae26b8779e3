"""What Markdown becomes: headings, lists, footnotes, citations, pictures and tables that fit into a page."""

import pytest

from ethics.markup import Profile, render, stored


def post(source: str) -> str:
    return render(source, profile=Profile.POST, prefix="p4").html


def case(source: str, prefix: str = "s2") -> str:
    return render(source, profile=Profile.CASE, prefix=prefix, image_base="/cases/the-line/").html


def test_a_plain_paragraph() -> None:
    assert post('He *decides*, **we** listen — that\'s "all"...') == (
        '<p>He <em>decides</em>, <strong>we</strong> listen — that\'s "all"...</p>'
    )


def test_no_text_is_no_html() -> None:
    assert post("") == ""


def test_headings_never_outrank_the_page() -> None:
    levels = "\n\n".join(f"{'#' * level} Rosa" for level in range(1, 7))
    assert [line[1:3] for line in post(levels).splitlines()] == ["h4", "h5", "h6", "h6", "h6", "h6"]
    assert [line[1:3] for line in case(levels).splitlines()] == ["h4", "h4", "h4", "h4", "h5", "h6"]
    assert post("Rosa\n====") == "<h4>Rosa</h4>"


def test_a_hash_without_a_space_is_no_heading() -> None:
    assert post("#discharge against advice") == "<p>#discharge against advice</p>"


def test_a_list_may_stand_right_under_a_line() -> None:
    assert post("My reasons:\n- the line\n- his word") == (
        "<p>My reasons:</p>\n<ul>\n<li>the line</li>\n<li>his word</li>\n</ul>"
    )
    assert post("In this order:\n1. ask\n2. wait") == "<p>In this order:</p>\n<ol>\n<li>ask</li>\n<li>wait</li>\n</ol>"
    assert post("He weighs\n70 kg and was born in\n1956. He is alone.") == (
        "<p>He weighs\n70 kg and was born in\n1956. He is alone.</p>"
    )


def test_a_numbered_list_keeps_its_first_number() -> None:
    assert post("3. ask\n4. wait") == '<ol start="3">\n<li>ask</li>\n<li>wait</li>\n</ol>'


def test_code_keeps_its_language_and_nothing_else() -> None:
    assert post("```python\n1 < 2\n```") == '<pre><code class="language-python">1 &lt; 2\n</code></pre>'
    assert post("```{#main .python .wide}\n1\n```") == '<pre><code class="language-python">1\n</code></pre>'


def test_a_corner_of_a_table_that_says_nothing_heads_nothing() -> None:
    assert "<tr>\n<td></td>\n<th>N17</th>\n</tr>" in case("| | N17 |\n|---|---|\n| Shifts | 15 |")


def test_a_table_can_be_scrolled_by_keyboard() -> None:
    html = case("| Who | Says |\n|---|--:|\n| Rosa | stay |\n\nAfter.")
    assert html.startswith('<div aria-label="Table" class="table-scroll" role="group" tabindex="0"><table>')
    assert '<td>Rosa</td>\n<td align="right">stay</td>' in html
    assert html.endswith("</table></div>\n<p>After.</p>")


def test_links_out_of_the_house_say_so_and_links_within_do_not() -> None:
    assert post("[WHO](https://www.who.int)") == (
        '<p><a href="https://www.who.int" rel="noopener nofollow">WHO</a></p>'
    )
    assert post("<https://www.who.int>") == (
        '<p><a href="https://www.who.int" rel="noopener nofollow">https://www.who.int</a></p>'
    )
    assert post("[library](/library)") == '<p><a href="/library">library</a></p>'


FOOTNOTE = "He may leave.[^law] He knows.[^law]\n\n[^law]: In most places."
FOOTNOTE_HTML = """\
<p>He may leave.<sup id="m-s2-1"><a class="footnote-ref" href="#m-s2-3">1</a></sup> \
He knows.<sup id="m-s2-2"><a class="footnote-ref" href="#m-s2-3">1</a></sup></p>
<div class="footnote">
<hr>
<ol>
<li id="m-s2-3">
<p>In most places.&nbsp;\
<a class="footnote-backref" href="#m-s2-1" title="Jump back to footnote 1 in the text">↩</a>\
<a class="footnote-backref" href="#m-s2-2" title="Jump back to footnote 1 in the text">↩</a></p>
</li>
</ol>
</div>"""


def test_footnotes_have_ids_of_their_own_page_wide() -> None:
    assert case(FOOTNOTE, prefix="s2") == FOOTNOTE_HTML
    assert case(FOOTNOTE, prefix="s3") == FOOTNOTE_HTML.replace("m-s2-", "m-s3-")


def test_a_post_has_no_footnotes_and_no_ids() -> None:
    assert "id=" not in post(FOOTNOTE)
    assert "[^law]" in post(FOOTNOTE)


def test_nothing_of_one_text_reaches_the_next() -> None:
    case("[^law] and MI and [form]\n\n[^law]: Secret.\n\n*[MI]: Secret\n\n[form]: /secret")
    assert case("[^law] and MI and [form]") == "<p>[^law] and MI and [form]</p>"


def test_abbreviations_are_explained() -> None:
    assert case("The PICC stays.\n\n*[PICC]: a long line into a vein") == (
        '<p>The <abbr title="a long line into a vein">PICC</abbr> stays.</p>'
    )


@pytest.mark.parametrize("key", ["who2021", "van-der-berg1999b"])
def test_a_citation_links_to_its_reference(key: str) -> None:
    assert case(f"As shown [{key}].") == f'<p>As shown <a class="cite" href="#ref-{key}">[{key}]</a>.</p>'


@pytest.mark.parametrize("text", ["[sic]", "[2021]", "[WHO2021]", "[...]"])
def test_other_brackets_are_brackets(text: str) -> None:
    assert case(f"He said {text} so.") == f"<p>He said {text} so.</p>"


def test_a_citation_is_none_in_code_in_a_link_or_in_a_post() -> None:
    assert case("`[who2021]`") == "<p><code>[who2021]</code></p>"
    assert case("[see [who2021]](/library)") == '<p><a href="/library">see [who2021]</a></p>'
    assert case("[who2021](/library)") == '<p><a href="/library">who2021</a></p>'
    assert post("[who2021]") == "<p>[who2021]</p>"


def test_pictures_come_from_the_folder_of_the_case() -> None:
    assert case("![The form](form-2.png)") == '<p><img alt="The form" src="/cases/the-line/form-2.png"></p>'


def test_what_is_stored_goes_into_a_page_as_it_is() -> None:
    assert stored("<p>Rosa</p>").__html__() == "<p>Rosa</p>"
