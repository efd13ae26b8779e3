"""What directors do to rounds: make, change, open, sum up; and what each refuses."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from ethics.audit.models import AuditEntry
from ethics.cases.models import Case, CaseVersion, Status
from ethics.cohorts.models import GroupMember, GroupSet, Membership
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.people.models import Role, RoleGrant
from ethics.rounds import actions, queries
from ethics.rounds.actions import RoundSettings
from ethics.rounds.models import Audience, Round
from ethics.text import FIELD_BYTES
from tests.clock import START
from tests.rounds.reading import commit
from tests.rounds_cast import archive, build_round, framework, leave, schedule_of

DAY = timedelta(days=1)


def settings_of(session, cast, **changes):
    round_ = session.get_one(Round, cast.round.id)
    group_set = session.get_one(GroupSet, round_.group_set_id)
    return replace(
        RoundSettings(
            case_slug="the-line-goes-too",
            group_set_id=group_set.public_id,
            framework=framework(),
            aliases=True,
            show_profession=False,
            reason_audience=Audience.GROUP,
            reflection_audience=Audience.GROUP,
        ),
        **changes,
    )


def make(session, cast, person, **changes):
    return actions.make_round(
        session,
        actor=person,
        cohort_id=cast.cohort.public_id,
        settings=settings_of(session, cast, **changes),
        schedule=schedule_of(cast.round),
        now=START,
    )


def change(session, cast, *, person=None, version=1, schedule=None, **changes):
    return actions.change_round(
        session,
        actor=person or cast.director,
        round_id=cast.id,
        settings=settings_of(session, cast, **changes),
        schedule=schedule or schedule_of(cast.round),
        version=version,
        now=START,
    )


def audited(session):
    return session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()


def another_version(session, cast, *, slug="the-line-goes-too", number=2):
    """A newer version of the round's case, or the first of another case."""
    case = session.scalars(select(Case).where(Case.slug == "the-line-goes-too")).one()
    first = session.scalars(select(CaseVersion).where(CaseVersion.case_id == case.id)).one()
    if slug != case.slug:
        columns = {column.key: getattr(case, column.key) for column in Case.__table__.columns} | {"id": None}
        case = Case(**(columns | {"slug": slug, "current_number": number}))
        session.add(case)
        session.flush()
    case.current_number = number
    columns = {column.key: getattr(first, column.key) for column in CaseVersion.__table__.columns}
    version = CaseVersion(**(columns | {"id": None, "case_id": case.id, "number": number}))
    session.add(version)
    session.flush()
    return version


def test_a_new_round_is_a_draft_of_the_newest_version(session, cast):
    newest = another_version(session, cast)
    made = make(session, cast, cast.director, aliases=False, reason_audience=Audience.FACULTY)

    assert (made.opened_at, made.case_version_id, made.version) == (None, newest.id, 1)
    assert (made.aliases, made.reason_audience, made.reflection_audience) == (False, "faculty", "group")
    assert schedule_of(made) == schedule_of(cast.round)
    assert audited(session) == ["round.make"]


@pytest.mark.parametrize("person", ["tutor", "ana", "outsider", "administrator", "author"])
def test_only_the_director_makes_changes_opens_and_sums_up(session, cast, person):
    actor = getattr(cast, person)
    acts = [
        lambda: make(session, cast, actor),
        lambda: change(session, cast, person=actor),
        lambda: actions.open_round(session, actor=actor, round_id=cast.id, now=START),
        lambda: actions.write_summary(session, actor=actor, round_id=cast.id, source="x", html="x", now=START),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert audited(session) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"case_slug": "nowhere"}, "unknown-case"),
        ({"group_set_id": "nowhere"}, "unknown-group-set"),
    ],
)
def test_a_round_needs_a_case_and_groups(session, cast, changes, code):
    with pytest.raises(Invalid, match=code):
        make(session, cast, cast.director, **changes)
    with pytest.raises(Invalid, match=code):
        change(session, cast, **changes)


def test_groups_of_another_cohort_are_none_of_ours(session, cast):
    other = make_set_elsewhere(session, cast)
    with pytest.raises(Invalid, match="unknown-group-set"):
        make(session, cast, cast.director, group_set_id=other.public_id)


def make_set_elsewhere(session, cast):
    cohort_id = session.scalars(select(Membership.cohort_id).where(Membership.user_id == cast.outsider.id)).one()
    made = GroupSet(cohort_id=cohort_id, name="Theirs")
    session.add(made)
    session.flush()
    return made


@pytest.mark.parametrize("status", [Status.DRAFT, Status.ARCHIVED])
def test_a_case_that_is_not_published_makes_no_round_and_disturbs_none(session, cast, status):
    session.scalars(select(Case)).one().status = status
    session.flush()
    later = replace(schedule_of(cast.round), close_at=START + 30 * DAY)

    with pytest.raises(Invalid, match="unknown-case"):
        make(session, cast, cast.director)
    assert change(session, cast, schedule=later).close_at == START + 30 * DAY


def test_everything_changes_before_the_first_stance(session, cast):
    other = another_version(session, cast, slug="another-case", number=1)
    changed = change(
        session, cast, case_slug="another-case", framework=framework("four-box"), aliases=False, show_profession=True
    )

    assert (changed.case_version_id, changed.framework["id"]) == (other.id, "four-box")
    assert (changed.aliases, changed.show_profession, changed.version) == (False, True, 2)
    assert audited(session) == ["round.change"]


def test_a_newer_version_of_its_case_leaves_a_round_alone(session, cast):
    before = cast.round.case_version_id
    another_version(session, cast)

    assert change(session, cast, show_profession=True).case_version_id == before


@pytest.mark.parametrize(
    "changes",
    [
        {"case_slug": "another-case"},
        {"framework": framework("four-box")},
        {"aliases": False},
        {"show_profession": True},
        {"reason_audience": Audience.FACULTY},
        {"reflection_audience": Audience.FACULTY},
        {"group_set_id": "another"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_with_the_first_stance_all_but_the_times_are_locked(session, cast, changes):
    another_version(session, cast, slug="another-case", number=1)
    session.add(GroupSet(public_id="another", cohort_id=cast.cohort.id, name="Others"))
    actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    assert not queries.has_commitments(session, cast.round)
    commit(session, cast, cast.ana, 1)
    assert queries.has_commitments(session, cast.round)
    later = replace(schedule_of(cast.round), zone="Europe/Zurich", revisit_at=None, close_at=START + 30 * DAY)

    with pytest.raises(NotAllowed, match="round-locked"):
        change(session, cast, schedule=later, **changes)
    changed = change(session, cast, schedule=later)
    assert (changed.zone, changed.revisit_at, changed.close_at) == ("Europe/Zurich", None, START + 30 * DAY)


def test_where_a_case_asks_for_no_decision_they_are_locked_when_somebody_meets_the_others(session, cast):
    session.get_one(CaseVersion, cast.round.case_version_id).stages = [{"heading": "", "decides": False}]
    actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    assert not queries.has_commitments(session, cast.round)
    actions.meet_others(session, actor=cast.ana, round_id=cast.id, now=START)

    with pytest.raises(NotAllowed, match="round-locked"):
        change(session, cast, aliases=False)


def test_a_change_from_a_stale_form_is_a_conflict(session, cast):
    change(session, cast, show_profession=True)

    with pytest.raises(Conflict) as conflict:
        change(session, cast, show_profession=False)
    assert conflict.value.current.show_profession is True


@pytest.fixture
def draft(session):
    """The class with a round that its director has not opened."""
    cast = build_round(session, opened_at=None)
    session.commit()
    return cast


def open_round(session, cast):
    return actions.open_round(session, actor=cast.director, round_id=cast.id, now=START)


def test_a_round_is_opened_once(session, draft):
    assert open_round(session, draft).opened_at == START
    assert actions.open_round(session, actor=draft.director, round_id=draft.id, now=START + DAY).opened_at == START
    assert audited(session) == ["round.open"]


@pytest.mark.parametrize("field", ["call", "incident_reporting", "support_name"])
def test_no_round_opens_without_urgent_contacts(session, draft, field):
    setattr(draft.cohort, field, "")

    with pytest.raises(NotAllowed, match="no-urgent-contacts"):
        open_round(session, draft)


def refusal_to_open(session, cast):
    with pytest.raises(NotAllowed) as refusal:
        open_round(session, cast)
    return refusal.value.code


def test_no_round_opens_without_a_designated_lead(session, draft):
    ruth = draft.users["ruth"]
    ruth.active = False
    assert refusal_to_open(session, draft) == "no-designated-lead"
    ruth.active = True
    session.add(Membership(cohort_id=draft.cohort.id, user_id=ruth.id, role="tutor", joined_at=START))
    assert refusal_to_open(session, draft) == "no-designated-lead", "she teaches this cohort"
    session.execute(delete(Membership).where(Membership.user_id == ruth.id))
    session.execute(delete(RoleGrant).where(RoleGrant.role == Role.LEAD))
    assert refusal_to_open(session, draft) == "no-designated-lead"


def test_no_round_opens_without_students(session, draft):
    for person in (draft.ana, draft.ben, draft.dee, draft.chi):
        leave(session, draft, person)
    assert refusal_to_open(session, draft) == "no-students", "all have left"
    session.execute(delete(GroupMember))
    assert refusal_to_open(session, draft) == "no-students"


def test_an_archived_cohort_s_rounds_are_read_only(session, draft):
    archive(session, draft)
    acts = [
        lambda: make(session, draft, draft.director),
        lambda: change(session, draft),
        lambda: open_round(session, draft),
        lambda: actions.write_summary(session, actor=draft.director, round_id=draft.id, source="", html="", now=START),
    ]
    for act in acts:
        with pytest.raises(NotAllowed, match="cohort-archived"):
            act()


def test_the_summary_is_kept_with_its_html(session, cast):
    actions.write_summary(
        session, actor=cast.director, round_id=cast.id, source="*Well.*", html="<p><em>Well.</em></p>", now=START
    )

    assert (cast.round.summary, cast.round.summary_html) == ("*Well.*", "<p><em>Well.</em></p>")
    with pytest.raises(Invalid, match="too-long"):
        actions.write_summary(
            session, actor=cast.director, round_id=cast.id, source="e" * (FIELD_BYTES + 1), html="", now=START
        )
