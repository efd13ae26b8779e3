"""A note to a group, without a script: written, kept, given, taken back, and what each student reads of it."""

import pytest

from tests.discussions.talking import Talk
from tests.rounds_cast import meet

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # The queries are proved on both in tests/discussions.

NOTE, ANAS, BENS = "canary of the note", "canary of the line for ana", "canary of the line for ben"


@pytest.fixture
def talk(session, cast):
    for person in (cast.ana, cast.ben, cast.dee):
        meet(session, cast, person)
    session.commit()
    return Talk(session, cast)


@pytest.fixture
def reflections(talk):
    return {name: talk.reflect(getattr(talk.cast, name)).public_id for name in ("ana", "ben")}


@pytest.fixture
def tutor(sign_in, talk):
    return sign_in("ines@demo.example")


@pytest.fixture
def address(talk):
    return f"/rounds/{talk.cast.id}/review/note?group={talk.cast.groups[0].public_id}"


def filled(reflections, **more):
    return {f"{reflections['ana']}-line": ANAS, f"{reflections['ben']}-line": BENS, "text": NOTE, **more}


def test_each_reads_the_note_and_their_own_line_and_undo_takes_both_back(sign_in, tutor, address, reflections):
    page = tutor.page(address)
    kept = tutor.submit(page, address, **filled(reflections, then="save")).page
    assert "Not submitted yet: Dee Okafor." in kept.text
    assert "Who submits after you release this gets nothing of it" in kept.text

    def meets():
        found = {
            name: sign_in(f"{name}@demo.example").page(f"/reflections/{reflections[name]}") for name in ("ana", "ben")
        }
        return {name: [words in page.html for words in (NOTE, ANAS, BENS)] for name, page in found.items()}

    assert meets() == {"ana": [False] * 3, "ben": [False] * 3}
    released = tutor.submit(kept, address, then="release").page
    assert "Released to 2 students, who are told in ten minutes." in released.text
    assert "Given already" not in released.text
    assert meets() == {"ana": [True, True, False], "ben": [True, False, True]}

    undo = next(form for form in released.all("form") if form.get("action").endswith("/take-back"))
    tutor.post(undo.get("action"), data=released.fields(undo))
    assert meets() == {"ana": [False] * 3, "ben": [False] * 3}
    back = tutor.page(address)
    assert back.fields(back.form(address))["text"] == NOTE


def test_at_a_time_it_is_there_at_that_time(sign_in, tutor, address, reflections, clock):
    values = filled(reflections, then="release-at", release_at="2026-11-24T10:20")
    assert tutor.submit(tutor.page(address), address, **values).status_code == 200
    ana = sign_in("ana@demo.example")
    assert NOTE not in ana.page(f"/reflections/{reflections['ana']}").html
    clock.advance(minutes=20)
    assert NOTE in ana.page(f"/reflections/{reflections['ana']}").html


def test_who_was_begun_before_or_submits_later_stands_on_the_page(talk, tutor, address, reflections):
    desk = f"/rounds/{talk.cast.id}/review?reflection={reflections['ben']}"
    tutor.submit(tutor.page(desk), desk, text="Begun before.", then="keep")
    page = tutor.page(address)
    assert "You have begun an answer to Ben Hallam." in page.text
    tutor.submit(page, address, text=NOTE, then="release")
    talk.reflect(talk.cast.dee)

    page = tutor.page(address)
    assert "Without it: Ben Hallam, Dee Okafor." not in page.text
    assert "Without it: Dee Okafor." in page.text
    again = next(link.get("href") for link in page.all("a") if "&note=" in link.get("href"))
    page = tutor.page(again)
    assert "Given already to Ana Duarte" in page.text
    assert "Released to one student" in tutor.submit(page, address, then="release").page.text


def test_what_cannot_be_kept_is_shown_again_and_a_second_tab_gets_both(tutor, address, reflections):
    first, second = (tutor.page(address) for _ in range(2))
    long = tutor.submit(first, address, **filled(reflections, text="long " * 2_001, then="save"))
    assert (long.status_code, long.page.fields(long.page.form(address))[f"{reflections['ana']}-line"]) == (422, ANAS)
    assert tutor.submit(first, address, then="release").status_code == 422
    tutor.submit(first, address, **filled(reflections, then="save"))
    stale = tutor.submit(second, address, **filled(reflections, text="From another tab.", then="save"))
    assert stale.status_code == 409
    assert NOTE in stale.page.text
    kept = tutor.submit(stale.page, address).page
    assert kept.fields(kept.form(address))["text"] == "From another tab."
