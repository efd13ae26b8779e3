"""A director brings people in: the class list, the links, the code; and what each person's page does."""

import io
import re

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from ethics.cohorts.models import Cohort, CohortRole, GroupMember, JoinRequest, Membership
from ethics.notices.models import Notice
from ethics.outbox import Delivery
from ethics.people.models import Link, Role, User
from tests.cast import enter
from tests.clock import START
from tests.pages import errors, words
from tests.rounds_cast import join, leave, make_cohort

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

HEADS = "Name;Email;Profession;Group;Tutor\n"


@pytest.fixture
def mail(monkeypatch, app):
    """An installation that sends mail."""
    settings = app.config["ETHICS"].model_copy(update={"mail_url": "smtp://localhost"})
    monkeypatch.setitem(app.config, "ETHICS", settings)


def look(client, cohort, text, **fields):
    return client.submit(client.page(f"{cohort}/roster"), f"{cohort}/roster", text=text, then="look", **fields)


def bring(client, cohort, text, **fields):
    page = look(client, cohort, text, **fields).page
    return client.submit(page, f"{cohort}/roster", then="import")


def rows(page):
    return [[words(cell) for cell in row] for table in page.all("table") for row in table.iter("tr")][1:]


def roles(db, cast):
    with db.reading() as session:
        found = session.execute(
            select(User.name, Membership.role, Membership.left_at)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.cohort_id == cast.cohort.id)
        )
        return {name: role if left is None else "gone" for name, role, left in found}


def user_id(db, name):
    with db.reading() as session:
        return session.scalars(select(User.public_id).where(User.name == name)).one()


# The class list


def test_a_list_is_looked_at_and_then_brought_in(db, cast, helen, cohort):
    text = HEADS + "Eva Lind;eva@school.example;midwife;Group 3;Kit Ames <kit@school.example>\nX;ana@demo.example;;;\n"
    answer = look(helen, cohort, text)

    assert answer.status_code == 200
    assert [words(found) for found in answer.page.all("summary")][:1] == ["1 student is added"]
    assert "1 group is made in “Seminar groups”: Group 3" in answer.page.text
    assert "These come as tutors, and read what the students of their groups write: Kit Ames (kit@school.example)" in (
        answer.page.text
    )
    assert "1 line changes nothing." in answer.page.text
    assert "3 students of this cohort are not in the table, and stay." in answer.page.text
    assert "Eva Lind" not in roles(db, cast)

    done = helen.submit(answer.page, f"{cohort}/roster", then="import")
    assert (done.status_code, done.request.path) == (200, f"{cohort}/links")
    assert "The class list is in: 1 student added, 1 tutor added." in done.page.text
    assert {name: role for name, role in roles(db, cast).items() if name in {"Eva Lind", "Kit Ames"}} == {
        "Eva Lind": "student",
        "Kit Ames": "tutor",
    }


def test_a_file_takes_the_place_of_the_text(helen, cohort):
    page = helen.page(f"{cohort}/roster")
    data = page.fields(page.form(f"{cohort}/roster"))
    file = FileStorage(io.BytesIO("Name,Email\nLucía,l@x.org\n".encode("cp1252")), filename="class.csv")
    data |= {"then": "look", "file": file}
    answer = helen.post(f"{cohort}/roster", data=data, content_type="multipart/form-data")

    assert (answer.status_code, errors(answer.page)) == (200, [])
    assert "Lucía" in answer.page.fields(answer.page.form(f"{cohort}/roster"))["text"]


def test_problems_are_told_by_line_and_mended_or_left_out(db, cast, helen, cohort):
    text = HEADS + "Eva Lind;eva@school.example;nursin;;\nFay Moss;fay at school;;;\nGil Ro;gil@school.example;;;\n"
    answer = look(helen, cohort, text)

    assert rows(answer.page)[:2] == [
        ["2", "This profession is not known here. Did you mean “Nursing”?", "nursin"],
        ["3", "This is no address. Some exports hold login names there: put the address in.", "fay at school"],
    ]
    refused = helen.submit(answer.page, f"{cohort}/roster", then="import")
    assert refused.status_code == 422
    assert errors(refused.page) == ["Nothing was imported: mend the lines below, or leave them out."]
    assert "Gil Ro" not in roles(db, cast)

    helen.submit(refused.page, f"{cohort}/roster", then="import", leave_out="y")
    assert [name for name in ("Eva Lind", "Fay Moss", "Gil Ro") if name in roles(db, cast)] == ["Gil Ro"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "There is nothing in it yet. Choose a file, or paste a table."),
        (
            'Name,Email\n"Ana,a@x.org\n',
            "From line 2 on, a quotation mark is not closed, or closes in the middle of a text.",
        ),
        ("Name\nAna\n", "No column holds addresses. The first line has to name the columns, and one of them “Email”."),
    ],
)
def test_what_is_no_list_is_shown_again_and_says_why(helen, cohort, text, expected):
    answer = look(helen, cohort, text)

    assert (answer.status_code, errors(answer.page)) == (422, [expected])
    assert answer.page.fields(answer.page.form(f"{cohort}/roster"))["text"].strip() == text.strip()


def test_what_has_changed_since_it_was_shown_is_shown_again(db, cast, helen, cohort):
    answer = look(helen, cohort, HEADS + "Eva Lind;eva@school.example;;Group 3;\n")
    with db.unit_of_work() as session:
        join(session, cast.cohort, enter(session, "Eva Lind", email="eva@school.example"), CohortRole.STUDENT)
    again = helen.submit(answer.page, f"{cohort}/roster", then="import")

    assert again.status_code == 409
    assert "since you looked, the list or the cohort has changed" in errors(again.page)[0]
    done = helen.submit(again.page, f"{cohort}/roster", then="import")
    assert "1 into another group" in done.page.text


def test_a_preview_says_the_same_of_who_has_an_account_and_who_has_none(helen, cohort):
    """Sam studies elsewhere; nobody has the other address."""
    pages = [
        look(helen, cohort, HEADS + f"Somebody New;{email};;;\n").page
        for email in ("sam@demo.example", "nul@demo.example")
    ]
    seen = [re.sub(r"sam@|nul@", "", rows(page)[0][2] + words(page.one("main"))) for page in pages]

    assert seen[0] == seen[1]


def test_the_same_sending_twice_is_one(db, helen, cohort):
    page = look(helen, cohort, HEADS + "Eva Lind;eva@school.example;;;\n").page
    answers = [helen.submit(page, f"{cohort}/roster", then="import", follow=False) for _ in range(2)]

    assert {(answer.status_code, answer.location) for answer in answers} == {(303, f"{cohort}/links")}


def test_links_go_by_mail_where_there_is_mail(db, mail, helen, cohort):
    done = bring(helen, cohort, HEADS + "Eva Lind;eva@school.example;;;\n")

    assert "1 link on its way by mail" in done.page.text
    with db.reading() as session:
        [letter] = session.scalars(select(Delivery.payload)).all()
    assert (letter["to"], letter["about"]) == ("eva@school.example", "activation")


def test_an_archived_cohort_takes_no_list(db, cast, helen, cohort):
    with db.unit_of_work() as session:
        session.get_one(Cohort, cast.cohort.id).archived_at = START

    assert helen.get(f"{cohort}/roster").status_code == 403


# Links


def test_links_are_shown_once_and_let_in(db, cast, helen, cohort, client):
    bring(helen, cohort, HEADS + "Eva Lind;eva@school.example;;;\n")
    printed = helen.submit(helen.page(f"{cohort}/links"), f"{cohort}/links", then="print").page
    [url] = re.findall(r"/activate/\S+?(?=<)", printed.html)

    assert "/activate/" not in helen.page(f"{cohort}/links").html
    page = client.submit(client.page(url), url, password="quiet lamps hum", again="quiet lamps hum")
    assert page.page.heading == "Home"
    assert client.get(url).status_code == 410
    assert helen.page(f"{cohort}/links").heading == "Links to come in"
    assert "Everybody has been in" in helen.page(f"{cohort}/links").text


def test_new_links_end_the_earlier_ones(db, helen, cohort, client):
    bring(helen, cohort, HEADS + "Eva Lind;eva@school.example;;;\n")
    first, second = (
        re.findall(
            r"/activate/\S+?(?=<)",
            helen.submit(helen.page(f"{cohort}/links"), f"{cohort}/links", then="print").page.html,
        )[0]
        for _ in range(2)
    )

    assert [client.get(url).status_code for url in (first, second)] == [410, 200]


def test_no_director_holds_a_link_into_an_account_that_is_more_than_a_place_here(db, cast, helen, cohort):
    with db.unit_of_work() as session:
        for name, roles_held, elsewhere in (("Zoe", (Role.AUTHOR,), False), ("Yan", (), True), ("Wim", (), False)):
            user = enter(session, name, *roles_held)
            user.password_hash = None
            join(session, cast.cohort, user, CohortRole.STUDENT)
            if elsewhere:
                join(session, make_cohort(session, "Year 1"), user, CohortRole.TUTOR)
        switched_off = enter(session, "Vic", active=False)
        switched_off.password_hash = None
        join(session, cast.cohort, switched_off, CohortRole.STUDENT)
        co_director = enter(session, "Una")
        co_director.password_hash = None
        join(session, cast.cohort, co_director, CohortRole.DIRECTOR)
    printed = helen.submit(helen.page(f"{cohort}/links"), f"{cohort}/links", then="print").page

    assert [words(name) for name in printed.all("p", class_="slip-name")] == ["Wim"]
    with db.reading() as session:
        assert session.scalars(select(User.name).join(Link, Link.user_id == User.id)).all() == ["Wim"]


def test_links_are_mailed_anew_on_wish(db, mail, cast, helen, cohort):
    with db.unit_of_work() as session:
        user = enter(session, "Wim")
        user.password_hash = None
        join(session, cast.cohort, user, CohortRole.STUDENT)
    done = helen.submit(helen.page(f"{cohort}/links"), f"{cohort}/links", then="mail")

    assert "1 link is on its way." in done.page.text


# People


def test_people_are_listed_narrowed_and_searched(db, cast, helen, cohort):
    with db.unit_of_work() as session:
        leave(session, cast, cast.dee)
    names = lambda page: [words(row.find("th")) for row in page.one("tbody").iter("tr")]  # noqa: E731

    assert names(helen.page(f"{cohort}/people")) == [
        "Ana Duarte",
        "Ben Hallam",
        "Chi Tran",
        "Helen Ashworth",
        "Ines Brandt",
        "Jo Marsh",
    ]
    assert names(helen.page(f"{cohort}/people?show=tutors")) == ["Ines Brandt", "Jo Marsh"]
    assert names(helen.page(f"{cohort}/people?show=removed")) == ["Dee Okafor"]
    assert names(helen.page(f"{cohort}/people?q=BEN")) == ["Ben Hallam"]
    assert "Nobody here by that name" in helen.page(f"{cohort}/people?q=%25").text
    assert helen.get(f"{cohort}/people?show=nonsense").status_code == 404


def test_a_long_list_is_paged_by_key(db, cast, helen, cohort):
    with db.unit_of_work() as session:
        for number in range(120):
            user = enter(session, f"Student {number:03}", email=f"s{number}@demo.example")
            join(session, cast.cohort, user, CohortRole.STUDENT)
    first = helen.page(f"{cohort}/people")
    [more] = first.all("a", rel="next")
    second = helen.page(more.get("href"))

    assert [len(list(page.one("tbody").iter("tr"))) for page in (first, second)] == [100, 27]
    assert [link.get("href") for link in second.all("a", rel="prev")] == [f"{cohort}/people"]
    assert second.all("a", rel="next") == []


def test_one_person_is_added_and_seated(db, cast, helen, cohort):
    done = helen.submit(
        helen.page(f"{cohort}/people"),
        f"{cohort}/people",
        name="Eva Lind",
        email="eva@school.example",
        role="student",
        profession="midwifery",
    )

    assert done.page.heading == "Eva Lind"
    assert "Group 2" in done.page.text
    again = helen.submit(
        helen.page(f"{cohort}/people"), f"{cohort}/people", name="E", email="eva@school.example", role="tutor"
    )
    assert again.status_code == 422
    assert errors(again.page) == ["This person has a place in this cohort already; one person has one role here."]


def test_profession_and_role_of_a_person(db, cast, helen, cohort):
    path = f"{cohort}/people/{user_id(db, 'Ben Hallam')}"
    helen.submit(helen.page(path), f"{path}/profession", profession="medicine")
    done = helen.submit(helen.page(path), f"{path}/role", role="tutor")

    assert "Make them a student" in done.page.text
    assert roles(db, cast)["Ben Hallam"] == "tutor"
    with db.reading() as session:
        place = session.scalars(select(Membership).where(Membership.user_id == cast.ben.id)).one()
        assert place.profession == "medicine"
        assert session.scalars(select(GroupMember).where(GroupMember.membership_id == place.id)).all() == []
        assert session.scalars(select(Notice.kind).where(Notice.user_id == cast.ben.id)).all() == ["place-given"]


def test_nobody_changes_the_own_role_or_a_director_s(db, cast, helen, cohort):
    path = f"{cohort}/people/{user_id(db, 'Helen Ashworth')}"
    page = helen.page(path)
    data = page.fields(page.form(f"{path}/profession"))
    sent = [helen.post(f"{path}/{verb}", data={**data, "role": "student"}).status_code for verb in ("role", "remove")]

    assert page.all("form", action=f"{path}/role") == []
    assert sent == [403, 403]
    assert roles(db, cast)["Helen Ashworth"] == "director"


def test_who_is_removed_loses_the_cohort_and_gets_it_back(db, cast, helen, cohort, sign_in):
    ana = sign_in("ana@demo.example")
    path = f"{cohort}/people/{user_id(db, 'Ana Duarte')}"
    done = helen.submit(helen.page(path), f"{path}/remove")

    assert "They are no longer in the cohort. Undo" in done.page.text
    assert ana.get(f"/rounds/{cast.id}").status_code == 404
    undo = helen.submit(helen.page(path), f"{path}/return")
    assert "They are back, with everything as it was." in undo.page.text
    assert ana.get(f"/rounds/{cast.id}").status_code == 200
    with db.reading() as session:
        assert session.scalars(select(Notice.kind).where(Notice.user_id == cast.ana.id)).all() == ["place-given"]


# The code


def open_door(helen, cohort, **fields):
    page = helen.submit(helen.page(f"{cohort}/join"), f"{cohort}/join", then="make", **fields).page
    return f"/join/{words(page.one('p', class_='join-code'))}"


def test_who_is_signed_in_comes_in_as_a_student_in_the_smallest_group(db, cast, helen, cohort, sign_in):
    door = open_door(helen, cohort)
    sam = sign_in("sam@demo.example")
    done = sam.submit(sam.page(door), door, profession="nursing")

    assert "You are in." in done.page.text
    assert roles(db, cast)["Sam Stranger"] == "student"
    assert "You are in already." in sam.page(door.replace("-", "").upper()[:5] and door).text
    page = helen.page(f"{cohort}/people/{user_id(db, 'Sam Stranger')}")
    assert "Group 2" in page.text


def test_a_code_admits_nobody_once_it_is_renewed_off_or_past_its_end(db, cast, helen, cohort, client, clock):
    first = open_door(helen, cohort)
    second = open_door(helen, cohort)
    assert [client.get(door).status_code for door in (first, second)] == [404, 200]

    page = helen.page(f"{cohort}/join")
    helen.submit(page, f"{cohort}/join", then="end", ends="2026-11-25T08:00")
    clock.set(2026, 11, 25, 8)
    assert client.get(second).status_code == 404

    clock.set(2026, 11, 24, 10)
    helen.submit(helen.page(f"{cohort}/join"), f"{cohort}/join", then="off")
    assert client.get(second).status_code == 404


def test_an_end_that_has_passed_is_refused(helen, cohort):
    answer = helen.submit(helen.page(f"{cohort}/join"), f"{cohort}/join", then="make", ends="2026-01-01T08:00")

    assert (answer.status_code, errors(answer.page)) == (422, ["This moment has passed. Choose a later one, or none."])


def test_who_was_removed_does_not_come_back_by_code(db, cast, helen, cohort, sign_in):
    door = open_door(helen, cohort)
    with db.unit_of_work() as session:
        leave(session, cast, cast.ana)
    ana = sign_in("ana@demo.example")
    page = ana.page(door)
    data = ana.page("/account").fields(ana.page("/account").form("/account/zone"))

    assert "You were removed from this cohort." in page.text
    assert ana.post(door, data=data | {"profession": ""}).status_code == 403
    assert roles(db, cast)["Ana Duarte"] == "gone"


def ask(client, door, email, name="Late Comer"):
    return client.submit(client.page(door), door, name=name, email=email, profession="nursing")


def test_without_mail_the_director_lets_in(db, cast, helen, cohort, client):
    door = open_door(helen, cohort)
    answers = [ask(client, door, email) for email in ("late@school.example", "ana@demo.example", "sam@demo.example")]
    assert len({words(answer.page.one("main")) for answer in answers}) == 1
    assert roles(db, cast).keys() & {"Late Comer", "Sam Stranger"} == set()

    page = helen.page(f"{cohort}/join")
    assert [row[:3] for row in rows(page)] == [
        ["Late Comer", "late@school.example", "Nursing"],
        ["Late Comer", "ana@demo.example", "Nursing"],
        ["Late Comer", "sam@demo.example", "Nursing"],
    ]
    with db.reading() as session:
        late, known, _ = session.scalars(select(JoinRequest.public_id).order_by(JoinRequest.id)).all()
        assert session.scalars(select(Notice.kind)).all() == ["join-asked"]
    done = helen.submit(page, f"{cohort}/requests/{late}", then="admit")
    assert "They are in. Their link is among those you can print." in done.page.text
    assert roles(db, cast)["Late Comer"] == "student"
    helen.submit(helen.page(f"{cohort}/join"), f"{cohort}/requests/{known}", then="turn-down")
    assert len(rows(helen.page(f"{cohort}/join"))) == 1


def test_with_mail_the_address_is_proved(db, mail, cast, helen, cohort, client, app):
    door = open_door(helen, cohort)
    answers = [ask(client, door, email) for email in ("late@school.example", "sam@demo.example")]
    assert len({words(answer.page.one("main")) for answer in answers}) == 1
    with db.reading() as session:
        new, known = (letter for letter in session.scalars(select(Delivery.payload).order_by(Delivery.id)))
        assert session.scalars(select(User).where(User.email == "late@school.example")).all() == []
    assert (new["about"], known["about"]) == ("join", "join-known")

    url = f"{door}/{new['token']}"
    done = client.submit(client.page(url), url, password="quiet lamps hum", again="quiet lamps hum")
    assert done.page.heading == "Home"
    assert roles(db, cast)["Late Comer"] == "student"
    assert client.get(url).status_code == 200
    again = client.submit(client.page(url), url, password="other lamps hum", again="other lamps hum")
    assert again.status_code == 410


def test_who_is_on_the_list_already_gets_the_own_link_and_nobody_else_does(db, mail, cast, helen, cohort, client):
    door = open_door(helen, cohort)
    bring(helen, cohort, HEADS + "Eva Lind;eva@school.example;;;\n")
    ask(client, door, "eva@school.example", name="Not Eva")
    with db.reading() as session:
        letters = session.scalars(select(Delivery.payload).order_by(Delivery.id)).all()
        assert session.scalars(select(User.name).where(User.email == "eva@school.example")).all() == ["Eva Lind"]

    assert [(letter["to"], letter["about"]) for letter in letters] == [("eva@school.example", "activation")] * 2


def test_the_link_of_another_code_lets_nobody_in(db, mail, helen, cohort, client):
    door = open_door(helen, cohort)
    ask(client, door, "late@school.example")
    with db.reading() as session:
        token = session.scalars(select(Delivery.payload)).one()["token"]
    other = open_door(helen, cohort)

    assert [client.get(f"{each}/{token}").status_code for each in (door, other)] == [404, 404]


def test_asking_is_limited(helen, cohort, client):
    door = open_door(helen, cohort)
    codes = [ask(client, door, "late@school.example").status_code for _ in range(7)]

    assert codes == [200] * 5 + [429] * 2


def test_the_mails_of_joining_read_well(app):
    from ethics.web.mail import write  # noqa: PLC0415  # needs the application's context

    with app.app_context():
        for about, values in (("join", {"token": "t"}), ("join-known", {})):
            subject, text = write(about=about, to="a@x.org", name="Ana", code="abcde-fghjk", cohort="Year 3", **values)
            assert subject == "Join Year 3 at Ethics Rounds"
            assert "/join/abcde-fghjk" in text


def test_lists_take_as_many_statements_for_a_large_class(db, cast, helen, cohort, statements):
    paths = (f"{cohort}/people", f"{cohort}/links", f"{cohort}/join")
    few = [statements(helen, path) for path in paths]
    with db.unit_of_work() as session:
        for number in range(40):
            user = enter(session, f"S{number}", email=f"s{number}@demo.example")
            user.password_hash = None
            join(session, cast.cohort, user, CohortRole.STUDENT)
            request = JoinRequest(
                cohort_id=cast.cohort.id, name="X", email=f"x{number}@x.org", profession=None, asked_at=START
            )
            session.add(request)

    assert [statements(helen, path) for path in paths] == few
