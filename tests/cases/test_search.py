"""Words as they are looked for, and excerpts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethics.cases.search import MOST_TERMS, excerpt, shown_text, terms_of, words_of

TEXT = "Gráinne, the staff nurse, changed the dressing; it took twenty minutes, and Daniel talked."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gráinne’s line", " grainne s line "),
        ("NAÏVE coöperation", " naive cooperation "),
        ("Gra\u0301inne", " grainne "),
        ("Straße ﬁve", " strasse five "),
        ("half-sheet, 14.3", " half sheet 14 3 "),
        ("snake_case 100%", " snake case 100 "),
        ("العدل", " العدل "),
        ("", "  "),
    ],
)
def test_words_are_folded(text: str, expected: str) -> None:
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("the LINE goes", ("the", "line", "goes")),
        ('"the line" goes', ("the line", "goes")),
        ("„the line“ goes", ("the line", "goes")),
        ('goes "the line', ("the line", "goes")),
        ("line line", ("line",)),
        ("% _ '' --", ()),
        ("", ()),
    ],
)
def test_what_is_looked_for(wish: str, expected: tuple[str, ...]) -> None:
    assert terms_of(wish) == expected


@given(st.text())
def test_terms_never_hold_what_like_would_read_as_a_pattern(wish: str) -> None:
    terms = terms_of(wish)

    assert len(terms) <= MOST_TERMS
    assert not any(set(term) & set("%_\\") or term != " ".join(term.split()) for term in terms)


@given(st.text(), st.text(min_size=1))
def test_an_excerpt_marks_only_what_stands_in_the_text(text: str, wish: str) -> None:
    pieces = excerpt(text, terms_of(wish))
    whole = "".join(piece.text for piece in pieces)

    assert whole.removeprefix("… ").removesuffix(" …") in text or whole in text
    assert all(
        any(f" {term.split()[0]}" in words_of(text) for term in terms_of(wish)) for piece in pieces if piece.is_hit
    )


@given(st.lists(st.sampled_from(["line", "Gráinne", "goes", "too", "a"]), min_size=1), st.integers(0))
def test_what_a_text_holds_is_found_in_it_and_shown(parts: list[str], number: int) -> None:
    text = " ".join(parts)
    (term,) = terms_of(parts[number % len(parts)])

    assert f" {term}" in words_of(text)
    assert any(piece.is_hit for piece in excerpt(text, [term]))


def test_an_excerpt_shows_the_words_around_with_every_hit_marked() -> None:
    pieces = excerpt(TEXT, terms_of("grain twen"))

    assert [piece.text for piece in pieces if piece.is_hit] == ["Gráinne", "twenty"]
    assert "".join(piece.text for piece in pieces) == TEXT


def test_a_long_text_is_cut_between_words() -> None:
    pieces = excerpt(f"{'before ' * 50}here{' after' * 50}", ["here"])

    assert "".join(piece.text for piece in pieces) == f"… {'before ' * 14}here{' after' * 14} …"


def test_a_phrase_is_marked_only_where_it_stands_whole() -> None:
    pieces = excerpt("The line. A line goes on; the line goes too.", ["the line goes"])

    assert [piece.text for piece in pieces if piece.is_hit] == ["the", "line", "goes"]


def test_the_shown_text_is_free_of_markup() -> None:
    html = "<p>He <em>st</em>ayed &amp; slept.</p><ul><li>One</li><li>Two</li></ul><script>x</script>"

    assert shown_text(html, [{"id": "go", "text": "Let him go"}, {"number": 1, "html": "<p>Who?</p>"}]).split() == [
        *"He stayed & slept. One Two x Let him go Who?".split()
    ]
