"""Writing a case in the browser, without a script: form, Markdown, conflicts, pictures, publishing, review."""

import io
import json

import pytest
from PIL import Image as Pillow
from sqlalchemy import select

from ethics.cases.actions import sync_case
from ethics.cases.draft_models import CaseDraft
from ethics.cases.models import Case, CaseImage, CaseVersion, Origin
from ethics.cases.sync import plan, prepare, read_files
from ethics.people.models import Role, RoleGrant
from ethics.vocabulary import load
from tests.cast import enter
from tests.clock import START
from tests.pages import words
from tests.rounds_cast import RoundCast, build_round, make_round

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
ADDRESS = "/cases/short-count"
EDIT = f"{ADDRESS}/edit"
SOURCE = """\
---
# written on a train
title: Short count
summary: A pharmacist counts the tablets twice, and knows whose shift it was.
principles: confidentiality, nonmaleficence   # both
tensions: confidentiality vs nonmaleficence
status: published
---

Two tablets are missing, for the third time.

## Tuesday, 16:10

Nadia closes the cupboard.

### Perspective: Omar, nurse

He has covered for her before.

### Decision: What do you do now?

- Speak to Nadia first {#speak}
- Report the count

### For facilitators

canary-of-the-notes

## Wednesday, 07:30

Nadia is not at work.

## Questions

1. Whose trust is at stake?

## Debrief

Counting twice was not the question.
"""


@pytest.fixture
def cast(db) -> RoundCast:
    with db.unit_of_work() as session:
        built = build_round(session)
        other = enter(session, "Omar Haddad", Role.AUTHOR)
        built.users["omar"] = other
        return built


@pytest.fixture
def folder(db, tmp_path, cast):
    """The case, as a folder has brought it."""
    path = tmp_path / "cases"
    path.mkdir()
    (path / "short-count.md").write_text(SOURCE)
    (file,), _ = read_files([path], vocabulary=load())
    with db.unit_of_work() as session:
        sync_case(session, actor=None, prepared=prepare(file, 1), now=START)
    return path


@pytest.fixture
def lucia(cast, sign_in):
    return sign_in("lucía@demo.example")


@pytest.fixture
def omar(cast, sign_in):
    return sign_in("omar@demo.example")


def draft(db, slug="short-count"):
    with db.reading() as session:
        return session.scalars(select(CaseDraft).where(CaseDraft.slug == slug)).one()


def typed(page, action, **changes):
    """What a browser would send of the form as it stands, with these changes."""
    fields = page.fields(page.form(action))
    for name, value in changes.items():
        fields.setlist(name, value if isinstance(value, list) else [value])
    return fields


def picture(size=(40, 30), kind="PNG") -> io.BytesIO:
    made = io.BytesIO()
    Pillow.new("RGB", size, "teal").save(made, kind)
    made.seek(0)
    return made


def test_opening_and_saving_changes_no_byte(db, folder, lucia):
    answer = lucia.submit(lucia.page(EDIT), EDIT)

    assert (answer.status_code, "The draft is saved." in answer.page.text) == (200, True)
    assert draft(db).source == SOURCE


def test_one_field_changes_one_piece(db, folder, lucia):
    lucia.submit(lucia.page(EDIT), EDIT, **{"stage-1-part-1-title": "Omar, charge nurse", "also": ["", "justice"]})

    assert draft(db).source == SOURCE.replace("Omar, nurse", "Omar, charge nurse").replace(
        "# both\n", "# both\nalso: justice\n"
    )


def test_the_buttons_rearrange_without_a_script(db, folder, lucia):
    answer = lucia.post(EDIT, data=typed(lucia.page(EDIT), EDIT, title="Shorter", arrange="stage-2-up"))

    assert answer.location == f"{EDIT}#stage-1"
    source = draft(db).source
    assert source.index("## Wednesday") < source.index("## Tuesday")
    assert "title: Shorter\n" in source


def test_what_was_taken_out_can_be_put_back(db, folder, lucia):
    lucia.post(EDIT, data=typed(lucia.page(EDIT), EDIT, arrange="stage-1-remove"))
    assert "Nadia closes" not in draft(db).source

    page = lucia.page(EDIT)
    undo = next(form.get("action") for form in page.all("form") if "/undo" in (form.get("action") or ""))
    lucia.submit(page, undo)
    assert draft(db).source == SOURCE
    assert lucia.post(undo, data=page.fields(page.form(undo))).status_code in {303, 409}


def test_markdown_is_one_switch_away_and_back(db, folder, lucia):
    page = lucia.page(f"{EDIT}?markdown=1")
    fields = page.fields(page.form(EDIT))
    assert fields["source"].strip() == SOURCE.strip()

    answer = lucia.post(EDIT, data={**fields, "source": SOURCE.replace("\n", "\r\n") + "\r\n", "then": "form"})
    assert answer.location == EDIT
    assert draft(db).source == SOURCE + "\n"


def test_what_cannot_be_a_form_stays_in_markdown(db, folder, lucia):
    page = lucia.page(f"{EDIT}?markdown=1")
    fields = page.fields(page.form(EDIT))
    lucia.post(EDIT, data={**fields, "source": SOURCE.replace("title: Short", "title: : Short")})

    page = lucia.page(EDIT)
    assert "there is no form" in page.text
    assert ": : Short" in page.html


def test_the_page_is_shown_as_a_student_and_as_faculty(db, folder, lucia):
    page = lucia.page(EDIT)
    shown = {
        view: lucia.post(
            f"{EDIT}/preview",
            data=typed(page, EDIT, **{"stage-1-text": "Nadia slams it.", "view": view}),
            headers={"HX-Request": "true"},
        ).text
        for view in ("student-1", "student-2", "end", "faculty")
    }

    asked = ("Two tablets", "Nadia slams it.", "canary-of-the-notes", "not at work", "Whose trust", "I am unsure")
    assert {view: [text for text in asked if text in html] for view, html in shown.items()} == {
        "student-1": ["Two tablets", "Nadia slams it.", "I am unsure"],
        "student-2": ["not at work"],
        "end": ["Whose trust"],
        "faculty": ["Two tablets", "Nadia slams it.", "canary-of-the-notes", "not at work", "Whose trust"],
    }
    with db.reading() as session:
        assert session.scalars(select(CaseDraft)).all() == [], "a preview keeps nothing"


def test_findings_stand_at_their_field(folder, lucia):
    page = lucia.page(EDIT)
    fields = typed(page, EDIT, summary="", **{"stage-1-heading": "Debreif"})
    html = lucia.post(f"{EDIT}/preview", data=fields, headers={"HX-Request": "true"}).text

    assert 'data-for="summary"><a href="#f-summary" data-jump>Summary: this is needed</a>' in html


def test_two_authors_at_once_overwrite_nothing(db, folder, lucia, omar):
    hers, his = lucia.page(EDIT), omar.page(EDIT)
    lucia.submit(hers, EDIT, **{"stage-2-text": "Nadia is at home."})
    answer = omar.submit(his, EDIT, **{"stage-1-text": "Nadia leaves it open.", "stage-2-text": "Nadia has called."})

    assert answer.status_code == 409
    assert "Lucía Ferrer saved this draft since you opened it." in answer.page.text
    texts = ("Nadia is at home.", "Nadia leaves it open.", "Nadia has called.")
    assert [text in answer.page.text for text in texts] == [True] * 3
    assert "Nadia leaves" not in draft(db).source

    merge = f"{EDIT}/merge"
    form = answer.page.form(merge)
    again = omar.post(merge, data=answer.page.fields(form))
    assert again.status_code == 422, "where both changed, one has to choose"
    [open_choice] = {
        name
        for name in (field.get("name") for field in form.iter("input"))
        if name and name.startswith("hunk-") and name not in answer.page.fields(form)
    }
    omar.submit(again.page, merge, **{open_choice: "theirs"})
    assert draft(db).source == SOURCE.replace("Nadia closes the cupboard.", "Nadia leaves it open.").replace(
        "Nadia is not at work.", "Nadia is at home."
    )


def test_sent_twice_is_kept_once_and_a_page_one_came_back_to_loses_nothing(db, folder, lucia):
    page = lucia.page(EDIT)
    statuses = [
        lucia.post(EDIT, data=typed(page, EDIT, title=title)).status_code for title in ("Short", "Short", "Shorter")
    ]

    assert statuses == [303, 303, 409]
    assert (draft(db).version, "title: Short\n" in draft(db).source) == (1, True)


def test_autosave_keeps_and_counts_and_refuses_what_is_stale(db, folder, lucia):
    page = lucia.page(EDIT)
    json_please = {"Accept": "application/json"}
    answers = [
        lucia.post(f"{EDIT}/draft", data=typed(page, EDIT, title=title, version=version), headers=json_please)
        for title, version in (("Short", "0"), ("Short", "1"), ("Shorter", "0"))
    ]

    assert [(answer.status_code, answer.json.get("version")) for answer in answers] == [(200, 1), (200, 1), (409, None)]
    assert lucia.post(f"{EDIT}/draft", data=typed(page, EDIT, writer=""), headers=json_please).status_code == 401
    assert draft(db).source == SOURCE.replace("title: Short count", "title: Short")


def test_a_case_begins_in_the_browser_and_is_published(db, cast, lucia):
    answer = lucia.submit(lucia.page("/cases/new"), "/cases/new", title="The Night's Round: one")
    edit = "/cases/the-nights-round-one/edit"
    assert answer.request.path == edit
    publish = "/cases/the-nights-round-one/publish"
    assert "To mend first" in lucia.page(publish).text
    page = lucia.page(edit)
    answer = lucia.submit(
        page,
        edit,
        slug="night-round",
        summary="Somebody sleeps, and somebody has to be woken.",
        principles=["", "autonomy", "beneficence"],
        opening="It is three.",
        **{
            "stage-1-text": "He sleeps.",
            "stage-1-part-1-more": ["Wake him", "Let him sleep"],
            "questions-more": ["Whose sleep is it?"],
            "debrief-text": "Nobody asked.",
            "guide-text": "Twenty minutes.",
        },
    )
    assert answer.request.path == "/cases/night-round/edit"
    page = lucia.page("/cases/night-round/publish")
    assert "To mend first" not in page.text
    answer = lucia.submit(page, "/cases/night-round/publish", note="")
    assert (answer.status_code, "Please write something here." in answer.page.text) == (422, True)
    answer = lucia.submit(page, "/cases/night-round/publish", note="The first")

    assert answer.request.path == "/cases/night-round"
    with db.reading() as session:
        case = session.scalars(select(Case).where(Case.slug == "night-round")).one()
        version = session.scalars(select(CaseVersion).where(CaseVersion.case_id == case.id)).one()
    assert (case.origin, case.status, case.title) == (Origin.BROWSER, "published", "The Night's Round: one")
    assert (version.number, version.note) == (1, "The first")
    assert "authors: Lucía Ferrer\n" in version.source.decode()
    assert (draft(db, "night-round").source, draft(db, "night-round").case_id) == (version.source.decode(), case.id)


def test_an_address_is_taken_once(cast, folder, lucia):
    lucia.submit(lucia.page("/cases/new"), "/cases/new", title="Short count")
    edit = "/cases/short-count-2/edit"
    answer = lucia.submit(lucia.page(edit), edit, slug="short-count", summary="Kept.")

    assert answer.status_code == 422
    assert "Another case has this address already." in answer.page.text
    assert answer.page.one("textarea", name="summary").text.strip() == "Kept."
    assert lucia.submit(lucia.page(edit), edit, slug="New Case").status_code == 422
    assert lucia.submit(lucia.page(edit), edit, slug="new").status_code == 422


def test_a_folder_s_case_is_taken_over_only_on_purpose(db, folder, lucia):
    lucia.submit(lucia.page(EDIT), EDIT, title="Shorter")
    publish = f"{ADDRESS}/publish"
    answer = lucia.submit(lucia.page(publish), publish, note="A better title")
    assert (answer.status_code, "Say that it is to be written here from now on." in answer.page.text) == (422, True)

    lucia.submit(lucia.page(publish), publish, note="A better title", take_over="yes")
    with db.reading() as session:
        found = plan(session, [folder], vocabulary=load())
        [[finding]] = found.failed.values()
    assert (found.changed, found.gone) == ({}, ["the-line-goes-too"])
    assert finding.message == "a case of this name is written in the browser, and stays as it is"

    (folder / "short-count.md").write_bytes(lucia.get(f"{ADDRESS}.md").data)
    with db.reading() as session:
        assert plan(session, [folder], vocabulary=load()).unchanged == ["short-count"], (
            "what was exported is no quarrel"
        )
    (folder / "short-count.md").write_text(SOURCE)

    lucia.submit(lucia.page(f"{ADDRESS}/versions"), f"{ADDRESS}/give-back")
    with db.reading() as session:
        changed = plan(session, [folder], vocabulary=load()).changed
    assert {slug: step.number for slug, step in changed.items()} == {"short-count": 3}


def test_versions_differences_and_going_back(db, folder, lucia, sign_in):
    lucia.submit(lucia.page(EDIT), EDIT, **{"stage-1-text": "Nadia slams the cupboard."})
    publish = f"{ADDRESS}/publish"
    lucia.submit(lucia.page(publish), publish, note="Louder", take_over="yes")
    diff = sign_in("ines@demo.example").page(f"{ADDRESS}/diff/1/2")
    assert ([words(one) for one in diff.all("del")], [words(one) for one in diff.all("ins")]) == (["closes"], ["slams"])

    page = lucia.page(f"{ADDRESS}/versions")
    assert "Louder" in page.text
    answer = lucia.submit(page, f"{ADDRESS}/versions/1/restore")
    assert "Version 1 is the current one again, as version 3." in answer.page.text
    with db.reading() as session:
        sources = session.scalars(
            select(CaseVersion.source)
            .join(CaseVersion.case)
            .where(Case.slug == "short-count")
            .order_by(CaseVersion.number)
        ).all()
    assert sources[0] == sources[2]
    assert draft(db).source == SOURCE


def test_who_adds_a_stage_goes_on_in_it(folder, lucia):
    answer = lucia.post(EDIT, data=typed(lucia.page(EDIT), EDIT, arrange="add-stage"))
    assert answer.location == f"{EDIT}#stage-3"
    assert len(lucia.page(EDIT).all("input", name="stage-3-heading")) == 1


def test_a_picture_is_looked_at_drawn_anew_and_goes_with_the_version(db, folder, lucia):
    place = f"{EDIT}/images"
    page = lucia.page(EDIT)
    fields = page.fields(page.form(place))
    exif = Pillow.Exif()
    exif[0x010E] = "Bed 7, Mrs Lind"
    made = io.BytesIO()
    Pillow.new("RGB", (3000, 10), "teal").save(made, "JPEG", exif=exif)
    made.seek(0)
    answer = lucia.post(place, data={**fields, "alt": "An empty [cupboard]", "picture": (made, "Bed 7.PNG")})
    assert answer.status_code == 303
    assert "![An empty cupboard](bed-7.jpg)" in lucia.page(answer.location).text
    kept = lucia.get(f"{place}/bed-7.jpg")
    assert (kept.mimetype, b"Mrs Lind" in kept.data, Pillow.open(io.BytesIO(kept.data)).size) == (
        *("image/jpeg", False),
        (2000, 7),
    )

    def refused(**data):
        sent = {**fields, "idempotency_key": "", **data}
        return lucia.post(place, data=sent, headers={"Accept": "application/json"}).json

    assert "what one would miss" in refused(alt="", picture=(picture(), "a.png"))["error"]
    assert "no picture" in refused(alt="x", picture=(io.BytesIO(b"<svg onload=1>"), "a.png"))["error"]
    assert "Choose a file" in refused(alt="x")["error"]

    sent = {**fields, "idempotency_key": "", "alt": "A cupboard", "picture": (io.BytesIO(b"GIF89a"), "a.gif")}
    again = lucia.post(place, data=sent)
    assert (again.status_code, again.page.heading, again.page.one("p", id="picture-error").text) == (
        *(422, "Writing a case"),
        "This is no picture that can be shown: PNG, JPEG, WebP and GIF can.",
    )
    assert again.page.fields(again.page.form(place))["alt"] == "A cupboard"

    lucia.submit(lucia.page(EDIT), EDIT, **{"stage-1-text": "![An empty cupboard](bed-7.jpg)"})
    publish = f"{ADDRESS}/publish"
    lucia.submit(lucia.page(publish), publish, note="A picture", take_over="yes")
    with db.reading() as session:
        assert [(one.name, one.used_in) for one in session.scalars(select(CaseImage))] == [("bed-7.jpg", [1])]
    assert 'src="/cases/short-count/versions/2/images/bed-7.jpg"' in lucia.page(ADDRESS).html


def test_a_file_takes_the_draft_s_place_and_can_be_downloaded(db, folder, lucia):
    place = f"{EDIT}/upload"
    page = lucia.page(EDIT)
    fields = page.fields(page.form(place))
    file = SOURCE.replace("Nadia", "Ana").encode()
    answer = lucia.post(place, data={**fields, "file": (io.BytesIO(file), "x.md")})

    assert (answer.status_code, lucia.get(f"{EDIT}/source.md").data) == (303, file)
    assert draft(db).source == file.decode()
    bad = lucia.post(place, data={**fields, "idempotency_key": "", "file": (io.BytesIO(b"\xff\xfe"), "x.md")})
    assert (bad.status_code, "not text in UTF-8" in bad.page.text) == (422, True)


def test_a_case_begins_from_a_file_or_goes_on_with_the_one_of_its_name(db, folder, lucia):
    page = lucia.page("/cases/new")
    place = "/cases/new/file"
    fields = page.fields(page.form(place))

    def sent(data, name):
        return lucia.post(place, data={**fields, "idempotency_key": "", "file": (io.BytesIO(data), name)})

    assert sent(SOURCE.encode(), "Night Bell.md").location == "/cases/night-bell/edit"
    assert draft(db, "night-bell").source == SOURCE
    assert sent(b"Only words.", "short-count.md").location == EDIT
    assert draft(db).source.endswith("---\n\nOnly words.")
    page = lucia.page(EDIT)
    lucia.submit(page, next(form.get("action") for form in page.all("form") if "/undo" in (form.get("action") or "")))
    assert draft(db).source == SOURCE
    assert sent(b"", "x.md").status_code == 422


def test_who_may_not(db, cast, folder, sign_in):
    paths = (EDIT, f"{EDIT}/preview", f"{EDIT}/source.md", f"{ADDRESS}/publish", f"{ADDRESS}/review")
    answers = {
        name: [sign_in(f"{name}@demo.example").get(path).status_code for path in paths]
        for name in ("ana", "ines", "morag", "lucía")
    }
    assert answers == {
        "ana": [404] * 5,
        "ines": [403, 403, 403, 403, 404],
        "morag": [404] * 5,
        "lucía": [200] * 5,
    }


def test_a_student_of_the_case_has_a_student_s_rights(db, cast, folder, sign_in):
    with db.unit_of_work() as session:
        version = session.scalars(select(CaseVersion).join(CaseVersion.case).where(Case.slug == "short-count")).one()
        make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"])
        session.add(RoleGrant(user_id=cast.ana.id, role=Role.AUTHOR))
    ana, lucia = sign_in("ana@demo.example"), sign_in("lucía@demo.example")
    lucia.submit(lucia.page(EDIT), EDIT, title="Shorter")
    paths = ("edit", "edit/preview", "edit/source.md", "publish", "review", "versions", "diff/1/1")

    assert [ana.get(f"{ADDRESS}/{path}").status_code for path in paths] == [404] * 7
    names = [words(option) for option in lucia.page(f"{ADDRESS}/review").one("select", name="reviewer").iter("option")]
    assert names == ["Helen Ashworth", "Omar Haddad", "Paul Renshaw"]
    page = lucia.page(f"{ADDRESS}/review")
    fields = {**page.fields(page.form(f"{ADDRESS}/review")), "reviewer": cast.ana.public_id}
    assert lucia.post(f"{ADDRESS}/review", data=fields).status_code == 422


def test_a_director_looks_remarks_and_answers(db, folder, lucia, sign_in):
    review = f"{ADDRESS}/review"
    helen = sign_in("helen@demo.example")
    assert helen.get(review).status_code == 404
    lucia.submit(lucia.page(EDIT), EDIT, **{"stage-1-text": "Nadia *slams* the\ncupboard."})
    page = lucia.page(review)
    helens = next(o.get("value") for o in page.one("select", name="reviewer").iter("option") if "Helen" in words(o))
    lucia.submit(page, review, reviewer=helens, question="Is it too loud?")
    assert "You are asked to look at a case before it is published." in helen.page("/").text

    page = helen.page(review)
    assert ("canary-of-the-notes" in page.html, "Is it too loud?" in page.text) == (True, True)
    comments = f"{review}/comments"
    assert helen.submit(page, comments, quotation="slams the door", text="Hm").status_code == 422
    answer = helen.submit(page, comments, quotation="Nadia slams the cupboard", text="She would not.")
    assert ("She would not." in answer.page.text, "The passage has changed" in answer.page.text) == (True, False)

    lucia.submit(lucia.page(EDIT), EDIT, opening="Three tablets.")
    stale = helen.post(f"{review}/answer", data={**page.fields(page.form(f"{review}/answer")), "verdict": "ready"})
    assert (stale.status_code, "The draft has changed since you read it." in stale.page.text) == (409, True)
    page = helen.page(review)
    silent = helen.post(f"{review}/answer", data={**page.fields(page.form(f"{review}/answer")), "verdict": "back"})
    assert silent.status_code == 422
    fields = page.fields(page.form(f"{review}/answer"))
    helen.post(f"{review}/answer", data={**fields, "idempotency_key": "", "verdict": "ready", "remark": "Yes."})
    assert "is ready, they say" in lucia.page("/").text

    lucia.submit(lucia.page(EDIT), EDIT, **{"stage-1-text": "Nadia shuts it."})
    assert "The passage has changed since." in lucia.page(review).text
    lucia.submit(lucia.page(f"{ADDRESS}/publish"), f"{ADDRESS}/publish", note="Softer", take_over="yes")
    assert "looked at by Helen Ashworth" in lucia.page(f"{ADDRESS}/versions").text
    assert "A case you looked at is published." in helen.page("/").text
    assert helen.get(review).status_code == 404, "the draft is open to who was asked until it is published"


def test_a_form_that_is_not_whole_is_refused(folder, lucia):
    page = lucia.page(EDIT)

    for base in ("", "{", "1", json.dumps(None)):
        assert lucia.post(EDIT, data=typed(page, EDIT, base=base, idempotency_key="")).status_code == 422
    long = lucia.post(EDIT, data=typed(page, EDIT, opening="x" * 300_000, idempotency_key=""))
    assert (long.status_code, "longer than a case can be" in long.page.text) == (422, True)
    assert len(long.page.one("textarea", name="opening").text.strip()) == 300_000
    unstorable = lucia.post(EDIT, data=typed(page, EDIT, opening="a\0b", idempotency_key=""))
    assert unstorable.status_code == 422
