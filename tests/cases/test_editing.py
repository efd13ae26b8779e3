"""Drafts, versions and reviews below the doors, on both databases: who may, what is kept, and what is told to whom."""

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from ethics.audit.actions import broken_entry
from ethics.audit.models import AuditEntry
from ethics.cases import editing, review
from ethics.cases.actions import sync_case
from ethics.cases.checks import findings_of
from ethics.cases.draft_models import CaseDraft, CaseReview, DraftImage
from ethics.cases.editing import KeptText
from ethics.cases.format import MAX_BYTES, parse
from ethics.cases.images import Image
from ethics.cases.models import Case, CaseVersion, Origin
from ethics.cases.review import Verdict
from ethics.cases.rules import Reader
from ethics.cases.sync import CaseFile, prepare
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.notices.models import Notice
from ethics.people.models import Role
from tests.cases.texts import BODY, FRONT, PATH, VOCABULARY
from tests.cast import actor, enter
from tests.clock import START

SLUG = "short-count"
SOURCE = FRONT + BODY + "\nCounted [who2021].\n"
PICTURE = Image("bell.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(20))


def prepared(source: str = SOURCE, number: int = 1, *, path: Path = PATH, images=()):
    case = parse(source.encode(), path=path, vocabulary=VOCABULARY)
    return prepare(CaseFile(case, images, findings_of(case, (images, ()))), number)


@pytest.fixture
def readers(session):
    """Lucía and Omar write cases, Helen directs, Ana studies this one though she writes, Sam is nobody here."""
    people = {
        name: enter(session, name, *roles)
        for name, *roles in (("Lucía", Role.AUTHOR), ("Omar", Role.AUTHOR), ("Helen",), ("Ana", Role.AUTHOR), ("Sam",))
    }
    sync_case(session, actor=None, prepared=prepared(), now=START)
    case = session.scalars(select(Case)).one()
    session.commit()
    return {
        name.lower(): Reader(
            actor(user, *([Role.AUTHOR] if name in {"Lucía", "Omar", "Ana"} else [])),
            teaches=name == "Helen",
            studies=frozenset({case.id} if name == "Ana" else ()),
        )
        for name, user in people.items()
    }


def save(session, reader, source, version, **more):
    return editing.save_draft(session, reader=reader, slug=SLUG, source=source, version=version, now=START, **more)


def actions(session):
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def test_the_first_save_makes_the_draft_and_each_counts(session, readers):
    assert editing.desk(session, readers["lucía"], SLUG).source == SOURCE
    first = save(session, readers["lucía"], SOURCE + "1", 0)
    assert (first.version, first.based_on) == (1, 1)
    second = save(session, readers["omar"], SOURCE + "2", 1)
    assert (second.version, second.saved_by_id) == (2, readers["omar"].actor.id)
    assert save(session, readers["omar"], SOURCE + "2", 2).version == 2, "nothing new, nothing counted"
    assert editing.desk(session, readers["lucía"], SLUG).source == SOURCE + "2"


def test_who_comes_second_gets_the_text_that_stands(session, readers):
    save(session, readers["lucía"], SOURCE + "hers", 0)
    with pytest.raises(Conflict) as refused:
        save(session, readers["omar"], SOURCE + "his", 0)
    assert refused.value.current == KeptText(SOURCE + "hers", 1, "Lucía")


@pytest.mark.parametrize(("name", "error"), [("helen", NotAllowed), ("ana", NotFound), ("sam", NotFound)])
def test_only_authors_write_and_none_who_studies_the_case(session, readers, name, error):
    save(session, readers["lucía"], SOURCE + "1", 0)
    for verb in (
        lambda: editing.desk(session, readers[name], SLUG),
        lambda: save(session, readers[name], SOURCE, 1),
        lambda: editing.add_image(session, reader=readers[name], slug=SLUG, image=PICTURE, now=START),
        lambda: editing.remove_image(session, reader=readers[name], slug=SLUG, name="bell.png", now=START),
        lambda: editing.discard_draft(session, reader=readers[name], slug=SLUG, version=1, now=START),
        lambda: editing.undo(session, reader=readers[name], slug=SLUG, version=1, now=START),
        lambda: publish(session, readers[name]),
        lambda: editing.restore_version(
            session, reader=readers[name], slug=SLUG, prepared=prepared(number=2), note="x", take_over=True, now=START
        ),
        lambda: editing.give_back(session, reader=readers[name], slug=SLUG, now=START),
    ):
        with pytest.raises(error):
            verb()
    with pytest.raises(NotFound):
        editing.desk_to_review(session, readers[name], SLUG)
    assert editing.drafts_of(session, readers[name]) == []


def publish(session, reader, source=SOURCE + "1", *, version=1, note="Why", take_over=True):
    return editing.publish(
        session,
        reader=reader,
        slug=SLUG,
        prepared=prepared(source, 2),
        version=version,
        note=note,
        take_over=take_over,
        now=START,
    )


def test_publishing_makes_a_version_and_takes_the_case_over(session, readers):
    save(session, readers["lucía"], SOURCE + "1", 0)
    assert publish(session, readers["lucía"]) == 2
    case = session.scalars(select(Case)).one()
    version = session.scalars(select(CaseVersion).where(CaseVersion.number == 2)).one()
    assert (case.origin, case.current_number) == (Origin.BROWSER, 2)
    assert (version.source.decode(), version.note, version.created_by_id) == (
        *(SOURCE + "1", "Why"),
        readers["lucía"].actor.id,
    )
    here = editing.desk(session, readers["lucía"], SLUG)
    assert (here.has_changes, here.version, here.number) == (False, 2, 2)
    assert actions(session)[-2:] == ["case.take-over", "case.version"]
    assert broken_entry(session) is None
    with pytest.raises(Conflict, match="written-in-the-browser"):
        sync_case(session, actor=None, prepared=prepared(SOURCE + "3", 3), now=START)
    editing.give_back(session, reader=readers["lucía"], slug=SLUG, now=START)
    sync_case(session, actor=None, prepared=prepared(SOURCE + "3", 3), now=START)
    assert editing.desk(session, readers["omar"], SLUG).source == SOURCE + "3", "a draft without changes follows"


@pytest.mark.parametrize(
    ("more", "error", "code"),
    [
        ({"take_over": False}, Invalid, "take-over"),
        ({"note": " \u200b"}, Invalid, "required"),
        ({"note": "x" * 201}, Invalid, "too-long"),
        ({"version": 0}, Conflict, "stale"),
        ({"source": SOURCE.replace("confidentiality,", "confidnece,")}, Invalid, "errors-first"),
    ],
)
def test_what_cannot_be_published(session, readers, more, error, code):
    save(session, readers["lucía"], SOURCE + "1", 0)
    with pytest.raises(error) as refused:
        publish(session, readers["lucía"], **more)
    assert refused.value.code == code


def test_a_newer_version_of_the_folder_is_told_and_published_over_on_purpose(session, readers):
    save(session, readers["lucía"], SOURCE + "mine", 0)
    sync_case(session, actor=None, prepared=prepared(SOURCE + "theirs", 2), now=START)
    here = editing.desk(session, readers["lucía"], SLUG)
    assert (here.is_behind, here.source) == (True, SOURCE + "mine")
    with pytest.raises(Conflict, match="another-version-meanwhile"):
        publish(session, readers["lucía"], SOURCE + "mine")


def test_a_new_case_is_a_draft_until_it_is_published_and_can_be_renamed(session, readers):
    lucia = readers["lucía"]
    draft = editing.start_draft(session, reader=lucia, slug="bell", source="---\n", now=START)
    renamed = editing.save_draft(
        session, reader=lucia, slug="bell", source=SOURCE, version=1, new_slug="night-bell", now=START
    )
    assert (renamed.slug, renamed.id) == ("night-bell", draft.id)
    for slug, code in ((SLUG, "slug-taken"), ("new", "slug-taken"), ("Bell", "slug-shape"), ("x" * 81, "slug-shape")):
        with pytest.raises(Invalid, match=code):
            editing.start_draft(session, reader=lucia, slug=slug, source="", now=START)
    with pytest.raises(NotFound):
        editing.start_draft(session, reader=readers["helen"], slug="mine", source="", now=START)
    with pytest.raises(NotFound):
        editing.desk(session, readers["helen"], "night-bell")
    number = editing.publish(
        session,
        reader=lucia,
        slug="night-bell",
        prepared=prepared(path=Path("night-bell.md")),
        version=2,
        note="First",
        now=START,
    )
    case = session.scalars(select(Case).where(Case.slug == "night-bell")).one()
    assert (number, case.origin, renamed.case_id) == (1, Origin.BROWSER, case.id)
    kept = editing.save_draft(
        session, reader=lucia, slug="night-bell", source=SOURCE, version=3, new_slug="other", now=START
    )
    assert kept.slug == "night-bell"


def test_a_name_that_a_folder_has_taken_meanwhile_needs_another(session, readers):
    editing.start_draft(session, reader=readers["lucía"], slug="bell", source=SOURCE, now=START)
    sync_case(session, actor=None, prepared=prepared(path=Path("bell.md")), now=START)
    with pytest.raises(Invalid, match="slug-taken"):
        editing.publish(
            session,
            reader=readers["lucía"],
            slug="bell",
            prepared=prepared(path=Path("bell.md")),
            version=1,
            note="x",
            now=START,
        )
    editing.save_draft(
        session, reader=readers["lucía"], slug="bell", source=SOURCE, version=1, new_slug="chime", now=START
    )
    assert editing.desk(session, readers["lucía"], "chime").source == SOURCE


def test_pictures_lie_beside_the_draft_each_under_its_own_name(session, readers):
    lucia = readers["lucía"]
    names = [editing.add_image(session, reader=lucia, slug=SLUG, image=PICTURE, now=START)[1] for _ in range(3)]
    assert names == ["bell.png", "bell-2.png", "bell-3.png"]
    editing.remove_image(session, reader=lucia, slug=SLUG, name="bell-2.png", now=START)
    here = editing.desk(session, lucia, SLUG)
    assert [image.name for image in editing.images_of(session, here)] == ["bell-3.png", "bell.png"]
    with pytest.raises(NotFound):
        editing.remove_image(session, reader=lucia, slug=SLUG, name="none.png", now=START)
    session.add_all(
        DraftImage(draft_id=here.draft.id, name=f"{number}.png", media_type="image/png", data=b"")
        for number in range(28)
    )
    session.flush()
    with pytest.raises(Invalid, match="too-many-pictures"):
        editing.add_image(session, reader=lucia, slug=SLUG, image=PICTURE, now=START)


def test_discarding_and_undoing(session, readers):
    lucia = readers["lucía"]
    save(session, lucia, SOURCE + "1", 0)
    assert editing.discard_draft(session, reader=lucia, slug=SLUG, version=1, now=START)
    assert editing.desk(session, lucia, SLUG).source == SOURCE
    editing.undo(session, reader=lucia, slug=SLUG, version=2, now=START)
    assert editing.desk(session, lucia, SLUG).source == SOURCE + "1"
    with pytest.raises(Conflict, match="cannot-undo"):
        editing.undo(session, reader=lucia, slug=SLUG, version=3, now=START)

    editing.start_draft(session, reader=lucia, slug="bell", source="x", now=START)
    editing.add_image(session, reader=lucia, slug="bell", image=PICTURE, now=START)
    assert not editing.discard_draft(session, reader=lucia, slug="bell", version=1, now=START)
    assert session.scalars(select(CaseDraft.slug)).all() == [SLUG]


@pytest.mark.parametrize("source", ["x" * (MAX_BYTES + 1), "a\0b", "\ud800"])
def test_what_cannot_be_kept(session, readers, source):
    with pytest.raises(Invalid):
        save(session, readers["lucía"], source, 0)


def ask(session, readers, name, asked_by="lucía"):
    return review.ask_review(
        session, reader=readers[asked_by], slug=SLUG, reviewer=readers[name], question="Too loud?", now=START
    )


def answer(session, readers, name, verdict=Verdict.READY, version=1, remark=""):
    review.answer_review(
        session, reader=readers[name], slug=SLUG, verdict=verdict, remark=remark, version=version, now=START
    )


def notices(session):
    return [
        (notice.user_id, notice.kind, notice.subject) for notice in session.scalars(select(Notice).order_by(Notice.id))
    ]


def test_who_was_asked_reads_answers_and_is_told_what_came_of_it(session, readers):
    with pytest.raises(Invalid, match="nothing-to-review"):
        ask(session, readers, "helen")
    save(session, readers["lucía"], SOURCE + "1", 0)
    ask(session, readers, "helen")
    assert editing.desk_to_review(session, readers["helen"], SLUG).source == SOURCE + "1"
    assert [line.slug for line in review.reviews_waiting(session, readers["helen"])] == [SLUG]
    with pytest.raises(Conflict, match="asked-already"):
        ask(session, readers, "helen")
    with pytest.raises(Invalid, match="required"):
        answer(session, readers, "helen", Verdict.BACK)
    with pytest.raises(Conflict, match="draft-changed"):
        answer(session, readers, "helen", version=7)
    answer(session, readers, "helen", Verdict.BACK, remark="Softer.")
    with pytest.raises(NotFound):
        answer(session, readers, "helen")
    save(session, readers["lucía"], SOURCE + "2", 1)
    ask(session, readers, "helen")
    answer(session, readers, "helen", version=2)
    publish(session, readers["omar"], SOURCE + "2", version=2)

    lines = review.reviews_of(session, readers["lucía"], session.scalars(select(CaseDraft)).one())
    assert [(line.verdict, line.answered_version, line.published_number, line.remark) for line in lines] == [
        ("ready", 2, 2, ""),
        ("back", 1, 2, "Softer."),
    ]
    helen, lucia = readers["helen"].actor.id, readers["lucía"].actor.id
    assert [(user, kind) for user, kind, _ in notices(session)] == [
        (helen, "case-review-asked"),
        (lucia, "case-review-back"),
        (helen, "case-review-asked"),
        (lucia, "case-review-ready"),
        (helen, "case-published"),
        (helen, "case-published"),
    ]
    assert {str(subject) for _, _, subject in notices(session)} == {str({"slug": SLUG})}
    with pytest.raises(NotFound):
        editing.desk_to_review(session, readers["helen"], SLUG)
    case = session.scalars(select(Case)).one()
    assert review.reviewed_versions(session, case.id) == {2: ["Helen"]}
    assert broken_entry(session) is None


@pytest.mark.parametrize("name", ["lucía", "ana", "sam"])
def test_who_cannot_be_asked(session, readers, name):
    save(session, readers["lucía"], SOURCE + "1", 0)
    with pytest.raises(Invalid, match="cannot-be-asked"):
        ask(session, readers, name)


def test_who_comes_to_study_the_case_after_being_asked_reads_nothing(session, readers):
    save(session, readers["lucía"], SOURCE + "1", 0)
    ask(session, readers, "helen")
    case = session.scalars(select(Case)).one()
    studying = Reader(readers["helen"].actor, teaches=True, studies={case.id})
    for verb in (
        lambda: editing.desk_to_review(session, studying, SLUG),
        lambda: review.comment_on_passage(session, reader=studying, slug=SLUG, quotation="x", text="x", now=START),
    ):
        with pytest.raises(NotFound):
            verb()
    assert review.reviews_waiting(session, studying) == []


def test_who_was_asked_and_directs_and_writes_no_more_reads_nothing(session, readers):
    save(session, readers["lucía"], SOURCE + "1", 0)
    ask(session, readers, "helen")
    ask(session, readers, "omar")
    for name in ("helen", "omar"):
        former = Reader(replace(readers[name].actor, roles=frozenset()), teaches=False, studies=frozenset())
        for verb in (
            partial(editing.desk_to_review, session, former, SLUG),
            partial(review.comment_on_passage, session, reader=former, slug=SLUG, quotation="x", text="x", now=START),
        ):
            with pytest.raises(NotFound):
                verb()
        assert review.reviews_waiting(session, former) == []


def test_comments_follow_their_passage_and_say_when_it_has_changed(session, readers):
    save(session, readers["lucía"], SOURCE + "1", 0)
    ask(session, readers, "helen")
    helen = readers["helen"]
    made = review.comment_on_passage(
        session, reader=helen, slug=SLUG, quotation="Nadia closes the cupboard", text="Slowly?", now=START
    )
    save(session, readers["lucía"], SOURCE.replace("Two tablets", "Three small tablets"), 1)
    [line] = review.comments_on(session, helen, editing.desk_to_review(session, helen, SLUG))
    text = SOURCE.replace("Two tablets", "Three small tablets")
    assert text[line.span.start : line.span.end] == "Nadia closes the cupboard"
    save(session, readers["lucía"], SOURCE.replace("Nadia closes", "Nadia slams"), 2)
    [line] = review.comments_on(session, helen, editing.desk_to_review(session, helen, SLUG))
    assert (line.span, line.quotation, line.text) == (None, "Nadia closes the cupboard", "Slowly?")

    review.settle_comment(
        session, reader=readers["omar"], slug=SLUG, comment_id=made.public_id, settled=True, now=START
    )
    [line] = review.comments_on(session, helen, editing.desk_to_review(session, helen, SLUG))
    assert line.is_settled
    for quotation, text in (("Nadia opens", "x"), ("", "x"), ("Nadia is not", ""), ("Nadia", "x")):
        with pytest.raises(Invalid):
            review.comment_on_passage(session, reader=helen, slug=SLUG, quotation=quotation, text=text, now=START)
    with pytest.raises(NotFound):
        review.settle_comment(session, reader=helen, slug=SLUG, comment_id="none", settled=True, now=START)


def test_of_two_who_begin_at_the_same_moment_one_is_first(db, session, readers):
    session.commit()
    start = threading.Barrier(2)
    outcomes = []

    def write(name):
        start.wait()
        try:
            with db.unit_of_work() as own:
                save(own, readers[name], SOURCE + name, 0)
            outcomes.append("kept")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=write, args=(name,)) for name in ("lucía", "omar")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "kept"]
    assert session.scalars(select(CaseReview)).all() == []
