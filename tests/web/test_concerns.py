"""Concerns without a script: a student writes, a lead answers, and nobody else finds anything."""

import pytest
from sqlalchemy import select

from ethics.audit.models import Access
from ethics.cohorts.models import CohortRole
from ethics.concerns.models import Concern
from ethics.concerns.rules import CONCERN_BYTES
from ethics.outbox import Delivery
from ethics.people.models import User
from ethics.rounds.actions import begin
from ethics.web.mail import write
from tests.cast import PASSWORD
from tests.clock import START
from tests.concerns.worrying import WORRY, worry_in
from tests.discussions.talking import rows
from tests.rounds_cast import CALL, SUPPORT_NAME, join, leave, make_cohort, meet

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # The queries are proved on both in tests/concerns.

ROUTE = "mistreatment"


@pytest.fixture
def worry(session):
    return worry_in(session)


@pytest.fixture
def people(sign_in, worry):
    """Browsers by name, signed in when first asked for."""
    known = {"ruth": "ruth", "imran": "imran", "director": "helen", "tutor": "ines"}
    clients = {}

    def client(name):
        if name not in clients:
            clients[name] = sign_in(f"{known.get(name, name)}@demo.example")
        return clients[name]

    return client


def links(page) -> list[str]:
    return [link.get("href") for link in page.all("a")]


def written(page) -> list[str]:
    """What stands in the fields of a page."""
    return [(area.text or "").strip() for area in page.all("textarea")]


def form_of(worry) -> str:
    return f"/concerns/new?cohort={worry.cast.cohort.public_id}"


def send(client, worry, **fields):
    """Write to the leads through the page; Ruth first unless said otherwise."""
    address = form_of(worry)
    given = {"route": ROUTE, "text": WORRY, "first": worry.ruth.public_id} | fields
    return client.submit(client.page(address), address, **given)


def sent(client, worry, **fields) -> str:
    """The address of what was sent."""
    return send(client, worry, **fields).request.path


def test_a_student_writes_a_lead_answers_and_the_student_reads(people, worry):
    ana, ruth = people("ana"), people("ruth")
    answer = send(ana, worry, reach="by mail")
    address = answer.request.path

    assert answer.page.heading == "What you wrote to the designated leads"
    assert "Besides you, only Ruth Abara can read this." in answer.page.text
    assert "If nobody has seen it by Wed 25 Nov, 10:00 London, Imran Sheikh can, too." in answer.page.text

    assert ana.get("/").page.text.count("Something waits for you") == 0
    assert "Something waits for you." in ruth.page("/").text
    inbox = ruth.page("/concerns")
    assert "Nobody has taken on" in inbox.text
    assert "Ana Duarte" not in inbox.text
    page = ruth.page(address)
    assert (page.heading, WORRY in page.text, "by mail" in page.text) == ("A concern of Ana Duarte", True, True)

    assert "Opened by Ruth Abara" in ana.page(address).text
    ruth.submit(page, f"{address}/acknowledge")
    assert "has seen it and takes it on" in ana.page(address).text
    assert "Something waits for you." in ana.page("/").text

    ruth.submit(ruth.page(address), f"{address}/messages", text="Can you come by on Thursday?")
    ruth.submit(ruth.page(address), f"{address}/notes", note="Ask the ward first.")
    page = ana.page(address)
    assert "Can you come by on Thursday?" in page.text
    assert "Ask the ward first." not in page.text
    ana.submit(page, f"{address}/messages", text="Yes, after two.")
    assert "Wrote again" in ruth.page("/concerns").text

    ruth.submit(ruth.page(address), f"{address}/close", word="Thank you for saying it.")
    assert "Thank you for saying it." in ana.page(address).text
    assert "Nothing waits for you" in ruth.page("/concerns").text
    assert "Ana Duarte" in ruth.page("/concerns?show=closed").text


def test_the_other_lead_finds_it_when_its_time_is_over(people, worry, clock):
    address = sent(people("ana"), worry)
    imran = people("imran")

    assert imran.get(address).status_code == 404
    assert "Nothing waits for you" in imran.page("/concerns").text
    clock.advance(hours=24)
    imran = people("imran")
    imran.sign_in("imran@demo.example", PASSWORD)
    page = imran.page("/concerns")
    assert "should have been taken on by" in page.text
    assert "Something waits for you." in imran.page("/").text
    assert WORRY in imran.page(address).text


def test_handed_over(people, worry):
    address = sent(people("ana"), worry)
    ruth = people("ruth")
    ruth.submit(ruth.page(address), f"{address}/hand-over", to=worry.imran.public_id)

    assert "handed it to Imran Sheikh" in people("ana").page(address).text
    assert WORRY in people("imran").page(address).text
    assert WORRY in ruth.page(address).text


def test_handing_it_to_nobody_says_so(people, worry):
    address = sent(people("ana"), worry)
    ruth = people("ruth")
    answer = ruth.submit(ruth.page(address), f"{address}/hand-over")

    assert answer.status_code == 422
    assert "Choose another" in answer.page.text


@pytest.mark.parametrize("name", ["ben", "director", "tutor", "morag", "lucía", "imran"])
def test_for_everybody_else_there_is_nothing(people, worry, name):
    address = sent(people("ana"), worry)
    other = people(name)

    assert other.get(address).status_code == 404
    page = other.page("/concerns")
    assert address not in links(page)
    assert WORRY not in page.text


def test_taken_back_unseen(people, worry, db):
    ana = people("ana")
    address = sent(ana, worry)
    page = ana.submit(ana.page(address), f"{address}/withdraw").page

    assert "Nobody can read this any more." in page.text
    assert WORRY not in page.text
    assert [concern.text for concern in rows(db, select(Concern))] == [""]
    assert "taken back" in ana.page("/concerns").text
    assert people("ruth").get(address).status_code == 404


def test_seen_it_offers_no_taking_back_and_refuses_it(people, worry):
    ana = people("ana")
    address = sent(ana, worry)
    before = ana.page(address)
    people("ruth").page(address)

    answer = ana.submit(before, f"{address}/withdraw")
    assert answer.status_code == 403
    assert "has opened it already" in answer.page.text
    assert "Take it back" not in ana.page(address).text


def test_what_is_refused_is_shown_again_whole(people, worry, db):
    ana = people("ana")
    address = form_of(worry)
    long = "é" * CONCERN_BYTES
    answer = ana.submit(
        ana.page(address),
        address,
        text=long,
        about_words="The one on nights",
        reach="after two",
        first=worry.imran.public_id,
    )

    assert answer.status_code == 422
    page = answer.page
    fields = page.fields(page.form(address))
    assert (fields["text"], fields["about_words"], fields["reach"], fields["first"]) == (
        long,
        "The one on nights",
        "after two",
        worry.imran.public_id,
    )
    assert "Not sent yet" in page.text
    assert "longer than can be kept" in page.text
    assert rows(db, select(Concern)) == []


def test_without_a_route_it_asks_for_one(people, worry):
    ana = people("ana")
    answer = ana.submit(ana.page(form_of(worry)), form_of(worry), text=WORRY)

    assert answer.status_code == 422
    assert "Choose what comes closest; “Something else” is an answer, too." in answer.page.text


@pytest.mark.parametrize("part", ["messages", "notes", "close"])
def test_an_empty_or_endless_answer_is_refused_and_kept(people, worry, part):
    address = sent(people("ana"), worry)
    ruth = people("ruth")
    field = {"messages": "text", "notes": "note", "close": "word"}[part]

    empty = ruth.submit(ruth.page(address), f"{address}/{part}", **{field: "  "})
    assert (empty.status_code, "Please write something here." in empty.page.text) == (422, True)
    endless = ruth.submit(ruth.page(address), f"{address}/{part}", **{field: "w" * (CONCERN_BYTES + 1)})
    assert endless.status_code == 422
    assert endless.page.fields(endless.page.form(f"{address}/{part}"))[field] == "w" * (CONCERN_BYTES + 1)


def test_the_writer_cannot_send_the_leads_forms(people, worry):
    ana = people("ana")
    address = sent(ana, worry)
    page = ana.page(address)
    token = page.fields(page.form(f"{address}/messages"))

    for part in ("notes", "close", "hand-over", "acknowledge"):
        assert ana.post(f"{address}/{part}", data=token).status_code == 404
        assert ana.post(f"{address}/{part}", data=token | {"note": "A", "word": "A", "to": "x"}).status_code == 404


def test_an_expired_sign_in_keeps_the_text(people, worry, clock, db):
    ana = people("ana")
    page = ana.page(form_of(worry))
    clock.advance(days=30)
    answer = ana.submit(page, form_of(worry), route=ROUTE, text=WORRY, first=worry.ruth.public_id)

    assert answer.status_code == 401
    assert WORRY in answer.page.text
    again = ana.submit(answer.page, "/sign-in", email="ana@demo.example", password=PASSWORD).page
    assert WORRY in written(again)
    ana.submit(again, form_of(worry))
    assert [concern.text for concern in rows(db, select(Concern))] == [WORRY]


def test_a_double_click_sends_once(people, worry, db):
    ana = people("ana")
    page = ana.page(form_of(worry))
    for _ in range(2):
        ana.submit(page, form_of(worry), route=ROUTE, text=WORRY, first=worry.ruth.public_id)

    assert len(rows(db, select(Concern))) == 1


def test_about_a_lead_it_goes_to_the_other_by_itself(people, worry):
    page = send(people("ana"), worry, about=worry.ruth.public_id, first=worry.ruth.public_id).page

    assert "Besides you, only Imran Sheikh can read this." in page.text
    assert people("ruth").get("/concerns").page.text.count("Somebody is bullied") == 0


def test_where_one_lead_is_left_and_it_is_about_them_the_writer_hears_whom_to_call(people, worry, session, db):
    session.get_one(User, worry.imran.id).active = False
    session.commit()
    page = people("ana").page(form_of(worry))
    assert "Ruth Abara reads this, a designated lead, with your name." in page.text

    answer = people("ana").submit(page, form_of(worry), route=ROUTE, text=WORRY, about=worry.ruth.public_id)
    assert answer.status_code == 422
    assert "no designated lead is left" in answer.page.text
    assert CALL in answer.page.text
    assert WORRY in written(answer.page)
    assert rows(db, select(Concern)) == []


def test_where_no_lead_may_read_it_there_is_no_form_but_whom_to_call(people, worry, session):
    for person in (worry.ruth, worry.imran):
        session.get_one(User, person.id).active = False
    session.commit()
    page = people("ana").page(form_of(worry))

    assert "no designated lead at present" in page.text
    assert CALL in page.text
    assert page.all("textarea") == []


def test_faculty_read_first_what_to_do_first(people, worry):
    page = people("tutor").page(f"{form_of(worry)}&about={worry.cast.ana.public_id}")

    assert page.heading == "I am worried"
    assert "What not to promise" in page.text
    assert f"Call {CALL}." in page.text
    assert page.fields(page.form(form_of(worry)))["about"] == worry.cast.ana.public_id
    student = people("ana").page(form_of(worry))
    assert student.heading == "I’d like to talk to someone"
    assert "What not to promise" not in student.text


def test_nobody_is_preset_whom_one_may_not_name(people, worry):
    page = people("ana").page(f"{form_of(worry)}&about={worry.cast.ben.public_id}")

    assert page.fields(page.form(form_of(worry)))["about"] == ""
    assert "Ben Hallam" not in page.text


def test_faculty_are_told_only_where_the_writer_wants_it(people, worry):
    director = people("director")
    send(people("ana"), worry)
    assert "You were told" not in director.page("/concerns").text

    send(people("ana"), worry, faculty_told="y")
    page = director.page("/concerns")
    assert "Ana Duarte, Year 3, Tue 24 Nov, 10:00 London" in page.text
    assert WORRY not in page.text
    assert "Something waits for you." in director.page("/").text


def test_a_director_is_not_offered_to_tell_themselves(people, worry):
    assert people("director").page(form_of(worry)).all("input", name="faculty_told") == []
    assert people("tutor").page(form_of(worry)).all("input", name="faculty_told") != []


def test_somebody_of_several_cohorts_says_which(people, worry, session):
    other = make_cohort(session, "Year 4")
    join(session, other, worry.cast.users["ana"], CohortRole.STUDENT)
    session.commit()
    ana = people("ana")
    page = ana.page("/concerns/new")

    assert page.all("textarea") == []
    assert {form_of(worry), f"/concerns/new?cohort={other.public_id}"} <= set(links(page))
    assert ana.get("/concerns/new?cohort=nothing").status_code == 404


def test_somebody_of_none_writes_about_none(people, worry, db):
    author = people("lucía")
    page = author.page("/concerns/new")
    assert "the emergency number of the place where you are" in page.text
    author.submit(page, "/concerns/new", route="something-else", text=WORRY, first=worry.imran.public_id)

    assert [concern.cohort for concern in rows(db, select(Concern))] == [None]
    assert WORRY in people("imran").page(f"/concerns/{rows(db, select(Concern))[0].public_id}").text


def test_who_was_removed_can_still_write(people, worry, session):
    leave(session, worry.cast, worry.cast.ana)
    session.commit()
    page = people("ana").page("/concerns/new")

    assert CALL in page.text
    assert "Helen Ashworth" not in page.text


def test_only_opening_is_noted(people, worry, db):
    address = sent(people("ana"), worry)
    people("ana").page(address)
    people("ruth").page("/concerns")
    assert rows(db, select(Access)) == []

    people("ruth").page(address)
    [access] = rows(db, select(Access))
    assert (access.actor, access.owner, access.object_kind) == (
        worry.ruth.public_id,
        worry.cast.ana.public_id,
        "concern",
    )


def test_the_menu_leads_there_and_only_leads_have_it_in_the_navigation(people, worry):
    assert "I’d like to talk to someone" in people("ana").page("/").text
    assert people("ana").page("/").all("a", href="/concerns") == []
    assert people("ruth").page("/").all("a", href="/concerns") != []


def test_a_lead_s_first_page_counts_what_waits(people, worry):
    ruth = people("ruth")
    assert "None waits to be taken on." in ruth.page("/").text
    address = sent(people("ana"), worry)
    assert "1 waits to be taken on." in ruth.page("/").text
    ruth.submit(ruth.page(address), f"{address}/acknowledge")
    assert "None waits to be taken on." in ruth.page("/").text
    assert "to be taken on" not in people("ana").page("/").text


def test_wherever_one_writes_there_is_a_way_to_the_leads(people, worry, session):
    meet(session, worry.cast, worry.cast.ana)
    begin(session, actor=worry.cast.ben, round_id=worry.cast.id, now=START)
    session.commit()
    for name, place in (("ben", "stages/1"), ("ana", "reflection"), ("ana", "discussion")):
        assert form_of(worry) in links(people(name).page(f"/rounds/{worry.cast.id}/{place}")), place


def test_the_notice_is_whole_with_its_button(people, worry):
    page = people("ana").page(f"/rounds/{worry.cast.id}")

    assert (
        f"Nobody watches this page round the clock. In danger now: {CALL}. If you write that someone is at serious "
        f"risk, your tutor may have to tell {SUPPORT_NAME}, and will normally tell you first. To talk privately: "
        "I’d like to talk to someone"
    ) in page.text
    assert form_of(worry) in links(page)


def test_the_mail_says_that_something_waits_and_nothing_else(people, worry, db, app):
    send(people("ana"), worry, faculty_told="y")
    payloads = [delivery.payload for delivery in rows(db, select(Delivery).order_by(Delivery.id))]
    with app.app_context():
        mails = [write(**payload) for payload in payloads]

    assert [(payload["to"], set(payload)) for payload in payloads] == [
        ("ruth@demo.example", {"to", "about", "name"}),
        ("imran@demo.example", {"to", "about", "name"}),
    ]
    for subject, text in mails:
        assert subject == "Something waits for you at Ethics Rounds"
        for word in ("oncern", "Ana", "esignated", "registrar", "Year 3"):
            assert word not in subject + text.partition("http")[0], word


def test_empty_lists_say_what_will_be_there(people, worry):
    assert "You have sent nothing" in people("ana").page("/concerns").text
    assert "Nothing waits for you" in people("ruth").page("/concerns").text
    assert "None is closed" in people("ruth").page("/concerns?show=closed").text
