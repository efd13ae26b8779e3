"""Pages of groups: the board, one group, the grid of tutors, automatic groups, archive and clone."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.cohorts.queries import assigned_tutors
from ethics.notices.models import Notice
from ethics.people.models import User
from ethics.rounds.models import Round
from tests.cast import enter
from tests.clock import START
from tests.pages import errors, words
from tests.rounds_cast import RoundCast, archive, join

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

STUDENT, TUTOR, DIRECTOR = CohortRole.STUDENT, CohortRole.TUTOR, CohortRole.DIRECTOR


@pytest.fixture
def set_id(db, cast):
    with db.reading() as session:
        return session.get_one(GroupSet, cast.groups[0].group_set_id).public_id


@pytest.fixture
def board(set_id):
    return f"/group-sets/{set_id}"


@pytest.fixture
def group(cast):
    return f"/groups/{cast.groups[0].public_id}"


def ids(cast, *names):
    return [cast.users[name].public_id for name in names]


def seats(db):
    """Who sits where, by first name and group."""
    with db.reading() as session:
        rows = session.execute(
            select(User.name, Group.name)
            .join(Membership, Membership.user_id == User.id)
            .join(GroupMember, GroupMember.membership_id == Membership.id)
            .join(Group, Group.id == GroupMember.group_id)
        )
        return {name.split()[0]: group for name, group in rows}


def crowd(db, cast, number, professions=("nursing", "medicine", "pharmacy")):
    """More students, without a group."""
    with db.unit_of_work() as session:
        cohort = session.get_one(Cohort, cast.cohort.id)
        for place in range(number):
            user = enter(session, f"Student {place:03}", email=f"s{place}@demo.example")
            membership = join(session, cohort, user, STUDENT)
            membership.profession = professions[place % len(professions)]


# Sets


def test_a_set_is_made_named_anew_and_deleted(db, helen, cohort):
    made = helen.submit(helen.page(f"{cohort}/groups"), f"{cohort}/groups", name="Pairs")
    assert (made.page.heading, "It has no groups yet." in made.page.text) == ("Pairs", True)
    assert [words(item) for item in made.page.all("label")][:1] == ["Ana Duarte Nursing"], "nobody has a group in it"
    address = made.request.path
    again = helen.submit(made.page, f"{address}/rename", name="Trios")
    assert again.page.heading == "Trios"
    taken = helen.submit(again.page, f"{address}/rename", name="Seminar groups")
    assert (taken.status_code, errors(taken.page)) == (
        422,
        ["There is one of this name already. Choose another name."],
    )
    gone = helen.submit(taken.page, f"{address}/delete")
    assert "Everybody is still in the cohort." in gone.page.text
    with db.reading() as session:
        assert session.scalars(select(GroupSet.name)).all() == ["Seminar groups"]


@pytest.mark.parametrize("name", ["", "  ", "Seminar groups", "x" * 201])
def test_a_set_without_a_name_of_its_own_is_refused(helen, cohort, name):
    answer = helen.submit(helen.page(f"{cohort}/groups"), f"{cohort}/groups", name=name)

    assert (answer.status_code, len(errors(answer.page))) == (422, 1)


def test_a_set_that_a_round_uses_stays(helen, board):
    answer = helen.submit(helen.page(board), f"{board}/delete")

    assert answer.status_code == 403
    assert "A round uses this group set" in answer.page.text


# The board


def test_the_board_begins_with_those_without_a_group(db, helen, board, cast):
    crowd(db, cast, 2)
    page = helen.page(board)

    titles = [words(title) for title in page.all("h2")]
    assert titles[:3] == ["Without a group 2", "Group 1", "Group 2"]
    assert "A round runs in these groups: The line goes too" in page.text
    assert "Too few to talk: merge it with another group." in page.text


def test_several_students_are_moved_and_brought_back(db, helen, board, cast):
    answer = helen.submit(
        helen.page(board),
        f"{board}/move",
        student=ids(cast, "ana", "ben"),
        group=cast.groups[1].public_id,
    )
    assert "2 students were moved." in answer.page.text
    assert seats(db) == {"Ana": "Group 2", "Ben": "Group 2", "Dee": "Group 1", "Chi": "Group 2"}

    [undo] = {form.get("action") for form in answer.page.all("form") if "/moves/" in (form.get("action") or "")}
    back = helen.submit(answer.page, undo)
    assert "Everybody is back where they were." in back.page.text
    assert seats(db) == {"Ana": "Group 1", "Ben": "Group 1", "Dee": "Group 1", "Chi": "Group 2"}
    assert helen.submit(answer.page, undo).status_code == 200, "a second click leads to the same place"


def test_out_of_all_groups(db, helen, board, cast):
    page = helen.submit(helen.page(board), f"{board}/move", student=ids(cast, "dee"), group="none").page

    assert "Without a group 1" in page.text
    assert "Dee" not in seats(db)


def test_where_everybody_sits_already_nothing_happens(helen, board, cast):
    answer = helen.submit(helen.page(board), f"{board}/move", student=ids(cast, "ana"), group=cast.groups[0].public_id)

    assert "Everybody sits there already. Nothing was changed." in answer.page.text


def test_nobody_chosen_is_said_and_the_goal_is_kept(helen, board, cast):
    answer = helen.submit(helen.page(board), f"{board}/move", group=cast.groups[1].public_id)

    assert answer.status_code == 422
    assert errors(answer.page) == ["Nobody was chosen. Tick the students who are to move, then choose their group."]
    assert answer.page.fields(answer.page.form(f"{board}/move"))["group"] == cast.groups[1].public_id


def test_an_undo_that_comes_too_late_is_said(db, helen, board, cast):
    first = helen.submit(helen.page(board), f"{board}/move", student=ids(cast, "ana"), group=cast.groups[1].public_id)
    [undo] = {form.get("action") for form in first.page.all("form") if "/moves/" in (form.get("action") or "")}
    helen.submit(helen.page(board), f"{board}/move", student=ids(cast, "ana"), group="none")
    answer = helen.submit(first.page, undo)

    assert answer.status_code == 409
    assert "Somebody was moved again meanwhile" in answer.page.text


def test_a_group_is_made_where_its_name_is_free(db, helen, board):
    page = helen.page(board)
    assert page.fields(page.form(f"{board}/groups"))["name"] == "Group 3"
    assert helen.submit(page, f"{board}/groups", name="Group 1").status_code == 422
    assert "The group is made." in helen.submit(page, f"{board}/groups", name="Lister ward").page.text
    with db.reading() as session:
        assert session.scalars(select(Group.name).order_by(Group.id)).all() == ["Group 1", "Group 2", "Lister ward"]


# One group


def test_a_tutor_sees_the_own_group_with_the_end_of_a_cover_and_changes_nothing(db, cast, sign_in, group):
    with db.unit_of_work() as session:
        jo = session.scalars(select(Membership).where(Membership.user_id == cast.tutor2.id)).one()
        until = datetime(2999, 12, 4, tzinfo=UTC)
        session.add(GroupTutor(group_id=cast.groups[0].id, membership_id=jo.id, until=until))
    page = sign_in("ines@demo.example").page(group)

    assert "Jo Marsh covers it until the end of 3 December 2999" in page.text
    assert "Ask the course director to merge this group with another." in page.text
    assert [form.get("action") for form in page.all("form") if "/groups/" in (form.get("action") or "")] == []


def test_a_colleague_covers_until_the_end_of_a_local_day(db, helen, group, cast):
    last = datetime.now(UTC).date() + timedelta(days=20)
    answer = helen.submit(helen.page(group), f"{group}/cover", tutor=cast.tutor2.public_id, until=last.isoformat())
    assert f"The group is covered until the end of {last.day} {last:%B}." in answer.page.text
    assert f"Jo Marsh covers it until the end of {last.day} {last:%B}" in answer.page.text
    with db.reading() as session:
        until = session.scalars(select(GroupTutor.until).where(GroupTutor.until.is_not(None))).one()
        assert session.scalars(select(Notice.kind).where(Notice.user_id == cast.tutor2.id)).all() == ["groups-taught"]
    assert until.date() in {last, last + timedelta(days=1)}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_cover_until_a_year_that_is_a_slip_is_refused(helen, group, cast, day):
    answer = helen.submit(helen.page(group), f"{group}/cover", tutor=cast.tutor2.public_id, until=day)

    assert answer.status_code == 422
    assert "Check the year" in answer.page.text


def test_who_teaches_a_group_for_good_is_not_offered_as_cover(helen, group, cast):
    page = helen.page(group)
    offered = [option.text for option in page.one("select", id="tutor").iter("option")]
    assert offered == ["Jo Marsh"]

    fields = page.fields(page.form(f"{group}/cover"))
    answer = helen.post(f"{group}/cover", data=fields | {"tutor": cast.tutor.public_id, "until": "2999-12-03"})
    assert (answer.status_code, len(errors(answer.page))) == (422, 1)


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ("2026-11-23", "This day is over. Choose a later one."),
        ("", "Say which day is the last."),
        ("soon", "Not a valid date value."),
    ],
)
def test_a_cover_ends_on_a_day_to_come(db, helen, group, cast, until, message):
    answer = helen.submit(helen.page(group), f"{group}/cover", tutor=cast.tutor2.public_id, until=until)

    assert (answer.status_code, errors(answer.page)) == (422, [message])
    with db.reading() as session:
        assert len(session.scalars(select(GroupTutor.id)).all()) == 2


def test_who_has_come_to_the_last_day_of_a_cover_reads_until_midnight_there(db, helen, group, cast):
    """The clock stands at ten in the morning of the 24th, in London: that day is not over."""
    answer = helen.submit(helen.page(group), f"{group}/cover", tutor=cast.tutor2.public_id, until="2026-11-24")

    assert answer.status_code == 200
    with db.reading() as session:
        assert session.scalars(select(GroupTutor.until).where(GroupTutor.until.is_not(None))).all() == [
            datetime(2026, 11, 25, tzinfo=UTC)
        ]


def test_groups_are_merged_and_the_empty_one_is_deleted(db, helen, cast, group):
    second = f"/groups/{cast.groups[1].public_id}"
    answer = helen.submit(helen.page(second), f"{second}/merge", into=cast.groups[0].public_id)
    assert (answer.page.heading, "1 student was moved." in answer.page.text) == ("Group 1", True)
    assert set(seats(db).values()) == {"Group 1"}

    empty = helen.page(second)
    assert "Nobody sits here" in empty.text
    gone = helen.submit(empty, f"{second}/delete")
    assert "The group is gone." in gone.page.text
    assert helen.get(second).status_code == 404


def test_a_tutor_of_two_groups_merges_them(db, cast, sign_in):
    with db.unit_of_work() as session:
        ines = session.scalars(select(Membership).where(Membership.user_id == cast.tutor.id)).one()
        session.add(GroupTutor(group_id=cast.groups[1].id, membership_id=ines.id, until=None))
    client, second = sign_in("ines@demo.example"), f"/groups/{cast.groups[1].public_id}"
    answer = client.submit(client.page(second), f"{second}/merge", into=cast.groups[0].public_id)
    assert "1 student was moved." in answer.page.text
    [undo] = {form.get("action") for form in answer.page.all("form") if "/moves/" in (form.get("action") or "")}

    assert client.submit(answer.page, undo).page.heading == "Year 3"
    assert seats(db)["Chi"] == "Group 2"


def test_a_group_has_its_new_name_or_keeps_the_old(helen, group):
    assert helen.submit(helen.page(group), f"{group}/rename", name="Lister ward").page.heading == "Lister ward"
    answer = helen.submit(helen.page(group), f"{group}/rename", name="Group 2")
    assert (answer.status_code, answer.page.heading) == (422, "Lister ward")


# The grid


def grid(page):
    """The rows: name of the group, then a tick for each tutor; a gap is said."""
    return [
        (words(row.find(".//th")), [box.get("checked") is not None for box in row.iter("input")])
        for row in page.one("tbody").iter("tr")
    ]


def test_the_grid_shows_gaps_and_loads(db, helen, board, cast):
    with db.unit_of_work() as session:
        session.delete(session.scalars(select(GroupTutor).where(GroupTutor.group_id == cast.groups[1].id)).one())
    page = helen.page(f"{board}/tutors")

    heads = [words(head) for head in page.one("thead").iter("th")]
    assert heads == ["Group", "Ines Brandt students: 3", "Jo Marsh students: 0"]
    gaps = [gap.get("hidden") is None for gap in page.all("span", class_="gap")]
    assert gaps == [False, True]
    assert [ticks for _, ticks in grid(page)] == [[True, False], [False, False]]
    assert "Groups without a tutor: 1" in page.text


def test_the_grid_is_saved_in_one_go(db, helen, board, cast):
    first, second = (found.public_id for found in cast.groups)
    ines, jo = cast.tutor.public_id, cast.tutor2.public_id
    answer = helen.submit(
        helen.page(f"{board}/tutors"), f"{board}/tutors", chosen=[f"{first}.{jo}", f"{second}.{jo}", f"{second}.{ines}"]
    )

    assert "The tutors are kept." in answer.page.text
    with db.reading() as session:
        group_set = session.get_one(GroupSet, cast.groups[0].group_set_id)
        assert assigned_tutors(session, group_set) == {(first, jo), (second, jo), (second, ines)}


def test_whoever_saves_second_sees_both_changes_and_saves_again(db, helen, board, cast, sign_in):
    with db.unit_of_work() as session:
        join(session, session.get_one(Cohort, cast.cohort.id), enter(session, "Otto Second"), DIRECTOR)
    otto = sign_in("otto@demo.example")
    first, second = (found.public_id for found in cast.groups)
    ines, jo = cast.tutor.public_id, cast.tutor2.public_id
    mine = helen.page(f"{board}/tutors")
    otto.submit(otto.page(f"{board}/tutors"), f"{board}/tutors", chosen=[f"{second}.{jo}", f"{second}.{ines}"])

    answer = helen.submit(mine, f"{board}/tutors", chosen=[f"{first}.{ines}", f"{first}.{jo}", f"{second}.{jo}"])
    assert answer.status_code == 409
    assert "Ines Brandt no longer teaches Group 1." in answer.page.text
    assert "Ines Brandt was given Group 2." in answer.page.text
    assert [ticks for _, ticks in grid(answer.page)] == [[False, True], [True, True]]
    assert helen.submit(answer.page, f"{board}/tutors").status_code == 200
    with db.reading() as session:
        group_set = session.get_one(GroupSet, cast.groups[0].group_set_id)
        assert assigned_tutors(session, group_set) == {(first, jo), (second, jo), (second, ines)}


def test_without_groups_or_tutors_the_grid_says_what_comes_first(db, helen, cohort, cast):
    empty = helen.submit(helen.page(f"{cohort}/groups"), f"{cohort}/groups", name="Pairs")
    assert "No groups yet" in helen.page(f"{empty.request.path}/tutors").text
    with db.unit_of_work() as session:
        for place in session.scalars(select(Membership).where(Membership.role == TUTOR)):
            place.left_at = START
    address = f"/group-sets/{_set(db, 'Seminar groups')}/tutors"
    assert "No tutors yet" in helen.page(address).text


def _set(db, name):
    with db.reading() as session:
        return session.scalars(select(GroupSet.public_id).where(GroupSet.name == name)).one()


# Automatic groups


def test_groups_are_looked_at_dealt_again_and_taken(db, helen, cohort, cast):
    crowd(db, cast, 16)
    address = f"{cohort}/groups/automatic"
    page = helen.page(f"{address}?groups=2&seed=7")
    assert words(page.one("select", id="groups")) == "3 groups of 6 or 7"
    page = helen.page(f"{address}?groups=3&seed=7")
    assert len(page.all("article")) == 3
    [again] = [link.get("href") for link in page.all("a") if words(link) == "Deal again"]
    other = helen.page(again)
    assert [words(card) for card in other.all("article")] != [words(card) for card in page.all("article")]
    shown = [words(card) for card in page.all("article")]

    taken = helen.submit(page, address, name="Automatic")
    assert "The groups are made. Give them their tutors next." in taken.page.text
    with db.reading() as session:
        group_set = session.scalars(select(GroupSet).where(GroupSet.name == "Automatic")).one()
        numbers = session.execute(
            select(Group.name, User.name)
            .join(GroupMember, GroupMember.group_id == Group.id)
            .join(Membership, Membership.id == GroupMember.membership_id)
            .join(User, User.id == Membership.user_id)
            .where(Group.group_set_id == group_set.id)
        ).all()
    assert len(numbers) == 20
    assert all(name in next(card for card in shown if card.startswith(f"{group} ")) for group, name in numbers)


def test_they_go_into_an_empty_set_and_into_no_other(db, helen, cohort, cast, set_id):
    address = f"{cohort}/groups/automatic"
    helen.submit(helen.page(f"{cohort}/groups"), f"{cohort}/groups", name="Pairs")
    page = helen.page(address)
    offered = [option.get("value") for option in page.one("select", id="group_set").iter("option")]
    assert offered == ["new", _set(db, "Pairs")]

    fields = dict(page.fields(page.form(address)))
    assert helen.post(address, data=fields | {"group_set": set_id}).status_code == 422
    assert helen.submit(page, address, group_set=_set(db, "Pairs")).page.heading == "Pairs"
    late = fields | {"group_set": _set(db, "Pairs"), "idempotency_key": "another"}
    assert helen.post(address, data=late).status_code == 422, "it is not empty any more"


def test_a_class_that_has_changed_is_shown_anew(db, helen, cohort, cast):
    page = helen.page(f"{cohort}/groups/automatic")
    crowd(db, cast, 1)
    answer = helen.submit(page, f"{cohort}/groups/automatic", name="Automatic")

    assert answer.status_code == 409
    assert "The class has changed" in answer.page.text
    assert "Student 000" in answer.page.text
    assert helen.submit(answer.page, f"{cohort}/groups/automatic", name="Automatic").status_code == 200


def test_a_new_set_needs_a_free_name(helen, cohort):
    page = helen.page(f"{cohort}/groups/automatic")
    for name in ("", "Seminar groups"):
        answer = helen.submit(page, f"{cohort}/groups/automatic", name=name)
        assert (answer.status_code, len(errors(answer.page))) == (422, 1)


@pytest.mark.parametrize(
    "query", ["groups=0", "groups=-1", "groups=99", "groups=x", "seed=-5", "seed=x", "set=x", "seed=0"]
)
def test_whatever_the_address_asks_for_groups_are_shown(helen, cohort, query):
    assert len(helen.page(f"{cohort}/groups/automatic?{query}").all("article")) == 1


def test_without_students_there_is_nothing_to_divide(db, helen, cohort, cast):
    with db.unit_of_work() as session:
        for place in session.scalars(select(Membership).where(Membership.role == STUDENT)):
            place.left_at = START

    assert "No students yet" in helen.page(f"{cohort}/groups/automatic").text


# The end of the term


def test_a_cohort_goes_into_the_archive_and_out_again(db, helen, cohort, cast, sign_in):
    ana = sign_in("ana@demo.example")
    answer = helen.submit(helen.page(cohort), f"{cohort}/archive")
    assert "This cohort is archived; it can only be read." in answer.page.text
    assert ana.get(f"/rounds/{cast.id}").status_code == 404
    undone = helen.submit(helen.page(cohort), f"{cohort}/restore")
    assert "Everything is as it was." in undone.page.text
    assert ana.get(f"/rounds/{cast.id}").status_code == 200


def test_in_the_archive_groups_are_read_and_nothing_is_offered(db, helen, cast, cohort, board, group):
    with db.unit_of_work() as session:
        archive(session, RoundCast(**{**cast.__dict__, "cohort": session.get_one(Cohort, cast.cohort.id)}))
    for address in (board, f"{board}/tutors", group, f"{cohort}/groups", f"{cohort}/groups/automatic"):
        page = helen.page(address)
        own = [
            form.get("action") for form in page.all("form", method="post") if form.get("action") != f"{board}/tutors"
        ]
        assert [action for action in own if re.match(r"/(cohorts|group|moves)", action)] == [], address
    data = helen.page("/account").fields(helen.page("/account").all("form", method="post")[0])
    for action in (f"{board}/rename", f"{board}/groups", f"{group}/rename", f"{cohort}/groups"):
        assert helen.post(action, data=data | {"name": "New"}).status_code == 403


def test_the_next_term_is_made(db, helen, cohort, cast):
    page = helen.page(f"{cohort}/clone")
    assert "Fri 19 Nov 2027, 10:00 London" in page.text
    same = helen.submit(page, f"{cohort}/clone")
    assert (same.status_code, len(errors(same.page))) == (422, 1)
    answer = helen.submit(same.page, f"{cohort}/clone", name="Year 3, next", weeks="26")

    assert answer.page.heading == "Year 3, next"
    assert "The next term is ready" in answer.page.text
    with db.reading() as session:
        made = session.scalars(select(Cohort).where(Cohort.name == "Year 3, next")).one()
        roles = session.scalars(select(Membership.role).where(Membership.cohort_id == made.id)).all()
        assert sorted(roles) == ["director", "tutor", "tutor"]
        [copy] = session.scalars(select(Round).where(Round.cohort_id == made.id)).all()
        assert (copy.opened_at, copy.opens_at) == (None, cast.round.opens_at + timedelta(weeks=26, hours=-1))


@pytest.mark.parametrize("weeks", ["0", "-1", "521", "many", "", "99999999999"])
def test_weeks_that_are_none_are_refused_and_everything_else_is_kept(helen, cohort, weeks):
    answer = helen.submit(helen.page(f"{cohort}/clone"), f"{cohort}/clone", name="Next", weeks=weeks)

    assert answer.status_code == 422
    assert answer.page.fields(answer.page.form(f"{cohort}/clone"))["name"] == "Next"


# At the size of a school


def test_pages_take_as_many_statements_for_many_groups(db, helen, cast, cohort, board, statements):
    addresses = [board, f"{board}/tutors", f"{cohort}/groups", cohort, f"{cohort}/groups/automatic"]
    counts, made = [], 2
    for number in (3, 30):
        with db.unit_of_work() as session:
            year = session.get_one(Cohort, cast.cohort.id)
            for place in range(made, number):
                emails = (f"{place}-{which}@x.example" for which in "abc")
                group = Group(group_set_id=cast.groups[0].group_set_id, name=f"Group {place + 1}")
                session.add(group)
                session.flush()
                for role in (STUDENT, STUDENT, TUTOR):
                    user = enter(session, f"{role} {place}", email=next(emails))
                    join(session, year, user, role, group)
            made = number
        counts.append([statements(helen, address) for address in addresses])

    assert counts[0] == counts[1]
