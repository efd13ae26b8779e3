"""A profession beside an alias: where the round shows it, and only of which the group has two."""

import pytest
from sqlalchemy import select

from ethics.cohorts.models import CohortRole, Membership
from ethics.people.models import User
from ethics.rounds.models import Alias, Audience, Participation, Round
from tests.cast import actor, enter
from tests.discussions.talking import Talk
from tests.pages import words
from tests.reflections.writing import draft, submit
from tests.rounds_cast import build_round, join, leave, meet

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def talk(session):
    """Group 1 has three nurses, Ana, Ben and Dee, and Eva, its only physiotherapist; everybody has written."""
    cast = build_round(session, show_profession=True)
    eva = enter(session, "Eva Lind")
    join(session, cast.cohort, eva, CohortRole.STUDENT, cast.groups[0]).profession = "physiotherapy"
    cast.users["eva"] = eva
    for person in (cast.ana, cast.ben, cast.dee, actor(eva)):
        meet(session, cast, person)
    talk = Talk(session, cast)
    thread = talk.start(cast.ana, "One.")
    for person in (cast.dee, actor(eva), cast.tutor):
        talk.post(person, thread, "Two.")
    for person in (cast.ana, cast.ben, actor(eva)):
        submit(session, cast, person, draft(moment="When he asked.", audience=Audience.GROUP))
    talk.thread = f"/threads/{thread.public_id}"
    return talk


def alias(session, user_id):
    name = session.scalars(
        select(Alias.name)
        .join(Participation, Participation.id == Alias.participation_id)
        .where(Participation.user_id == user_id)
    ).one()
    session.commit()  # a client that signs in writes
    return name


def authors(page):
    return [words(element) for element in page.elements if element.get("class") == "comment-author"]


def test_peers_read_it_where_the_group_has_two(session, talk, sign_in):
    cast = talk.cast
    ana, dee, eva = (alias(session, person.id) for person in (cast.ana, cast.dee, cast.users["eva"]))
    ben = sign_in("ben@demo.example")

    assert authors(ben.page(talk.thread)) == [f"{ana}, Nursing", f"{dee}, Nursing", eva, "Ines Brandt"]
    assert f"{ana}, Nursing" in ben.page(f"/rounds/{cast.id}/discussion").text
    shared = ben.page(f"/rounds/{cast.id}/reflections")
    assert {words(title) for title in shared.all("h2")} == {f"{ana}, Nursing", eva}
    link = next(link.get("href") for link in shared.all("a") if words(link) == f"{ana}, Nursing")
    assert ben.page(link).heading == f"{ana}, Nursing"


def test_faculty_read_it_with_the_name(session, talk, sign_in):
    ana, eva = (alias(session, person.id) for person in (talk.cast.ana, talk.cast.users["eva"]))
    found = authors(sign_in("ines@demo.example").page(talk.thread))

    assert (found[0], found[2]) == (f"{ana}, Nursing (Ana Duarte)", f"{eva} (Eva Lind)")


def test_a_round_that_does_not_show_it_shows_none(session, talk, sign_in):
    session.get_one(Round, talk.cast.round.id).show_profession = False
    session.commit()

    assert "Nursing" not in sign_in("ben@demo.example").page(talk.thread).text


def test_when_the_second_of_a_profession_leaves_it_is_no_longer_shown(session, talk, sign_in):
    for person in (talk.cast.ben, talk.cast.dee):
        membership = session.scalars(select(Membership).where(Membership.user_id == person.id)).one()
        membership.profession = "midwifery"
    session.commit()
    eva = sign_in("eva@demo.example")
    dee = alias(session, talk.cast.dee.id)
    assert authors(eva.page(talk.thread))[:2] == [alias(session, talk.cast.ana.id), f"{dee}, Midwifery"]
    leave(session, talk.cast, talk.cast.ben)
    session.commit()

    assert authors(eva.page(talk.thread))[:2] == [alias(session, talk.cast.ana.id), dee]


def test_a_tutor_named_like_a_bird_is_none(session, talk, sign_in):
    session.scalars(select(User).where(User.id == talk.cast.tutor.id)).one().name = alias(session, talk.cast.ana.id)
    session.commit()

    assert authors(sign_in("ben@demo.example").page(talk.thread))[3] == alias(session, talk.cast.ana.id)


def test_one_more_statement_however_many_have_written(session, talk, sign_in, statements):
    ben = sign_in("ben@demo.example")
    few = statements(ben, talk.thread)
    thread = talk.start(talk.cast.ana, "Another.")
    for _ in range(12):
        talk.post(talk.cast.dee, thread, "More.")

    assert statements(ben, f"/threads/{thread.public_id}") == few
