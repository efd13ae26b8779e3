"""Accounts, their roles, links and passwords."""

import pytest
from sqlalchemy import func, select

from ethics.audit.actions import broken_entry
from ethics.audit.models import AuditEntry
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.outbox import Delivery
from ethics.people import actions
from ethics.people.models import Link, Role, RoleGrant, SignInSession, User
from ethics.people.passwords import Checked
from ethics.people.queries import devices, find_link
from ethics.people.sessions import find_session, start_session
from tests.cast import PASSWORD_HASH, actor, enter


@pytest.fixture
def administrator(session):
    return actor(enter(session, "Morag Sinclair", Role.ADMINISTRATOR), Role.ADMINISTRATOR)


@pytest.fixture
def ana(session):
    return enter(session, "Ana Okafor")


def signed_in(session, user, clock, **more) -> str:
    return start_session(session, user=user, device="Firefox, Linux", now=clock(), **{"own_device": False} | more)


def mails(session) -> list[tuple[str, str]]:
    return [(d.payload["about"], d.payload["to"]) for d in session.scalars(select(Delivery).order_by(Delivery.id))]


def log(session) -> list[tuple[str, str, dict[str, object]]]:
    session.flush()
    assert broken_entry(session) is None
    return [(e.action, e.object_id, e.details) for e in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_an_account_begins_without_a_password(session, clock, administrator):
    user = actions.create_user(
        session, actor=administrator, email=" New@Demo.Example ", name="  Nina   Ek ", now=clock()
    )

    assert (user.email, user.name, user.password_hash, user.active) == ("new@demo.example", "Nina Ek", None, True)
    assert log(session) == [("create", user.public_id, {})]


def test_an_address_has_one_account_and_the_transaction_goes_on(session, clock, administrator, ana):
    with pytest.raises(Conflict) as caught:
        actions.create_user(session, actor=administrator, email="ANA@demo.example", name="Ana", now=clock())

    assert caught.value.code == "email-taken"
    assert session.scalar(select(func.count()).select_from(User)) == 2


@pytest.mark.parametrize(
    ("email", "name", "field"),
    [("", "Nina", "email"), ("nina", "Nina", "email"), ("a b@c", "Nina", "email"), ("n@x.example", " \u200b ", "name")],
)
def test_what_an_account_cannot_be(session, clock, administrator, email, name, field):
    with pytest.raises(Invalid) as caught:
        actions.create_user(session, actor=administrator, email=email, name=name, now=clock())

    assert caught.value.field == field


def test_only_an_administrator_manages_accounts(session, clock, ana):
    ben = actor(enter(session, "Ben", Role.AUTHOR, Role.LEAD), Role.AUTHOR, Role.LEAD)
    for attempt in (
        lambda: actions.create_user(session, actor=ben, email="x@demo.example", name="X", now=clock()),
        lambda: actions.grant_role(session, actor=ben, user=ana, role=Role.AUTHOR, now=clock()),
        lambda: actions.revoke_role(session, actor=ben, user=ana, role=Role.AUTHOR, now=clock()),
        lambda: actions.deactivate(session, actor=ben, user=ana, now=clock()),
        lambda: actions.make_link(session, actor=ben, user=ana, kind=actions.RESET, now=clock()),
        lambda: actions.set_password(session, actor=ben, user=ana, password_hash=PASSWORD_HASH, now=clock()),
    ):
        with pytest.raises(NotAllowed) as caught:
            attempt()
        assert caught.value.code == "not-administrator"
    assert log(session) == []


def test_roles_are_granted_once_revoked_and_logged(session, clock, administrator, ana):
    for _ in range(2):
        actions.grant_role(session, actor=administrator, user=ana, role=Role.AUTHOR, now=clock())
    assert session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == ana.id)).all() == ["author"]
    for _ in range(2):
        actions.revoke_role(session, actor=administrator, user=ana, role=Role.AUTHOR, now=clock())

    assert session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == ana.id)).all() == []
    assert log(session) == [
        ("grant", ana.public_id, {"role": "author"}),
        ("revoke", ana.public_id, {"role": "author"}),
    ]


def test_nobody_gives_himself_a_role(session, clock, administrator):
    with pytest.raises(NotAllowed) as caught:
        actions.grant_role(
            session,
            actor=administrator,
            user=session.get_one(User, administrator.id),
            role=Role.LEAD,
            now=clock(),
        )

    assert caught.value.code == "own-role"
    assert session.scalars(select(RoleGrant.role)).all() == ["administrator"]


def test_a_new_role_takes_the_long_sign_in_away(session, clock, administrator, ana):
    token = signed_in(session, ana, clock, own_device=True)
    actions.grant_role(session, actor=administrator, user=ana, role=Role.AUTHOR, now=clock())
    session.expire_all()

    assert find_session(session, token, now=clock.advance(minutes=29)).actor.roles == {Role.AUTHOR}
    assert find_session(session, token, now=clock.advance(minutes=1)) is None


def test_who_is_switched_off_is_out_at_once_and_no_link_brings_them_back(session, clock, administrator, ana):
    token = signed_in(session, ana, clock)
    link = actions.make_link(session, actor=administrator, user=ana, kind=actions.RESET, now=clock())
    actions.deactivate(session, actor=administrator, user=ana, now=clock())

    assert find_session(session, token, now=clock()) is None
    assert session.scalar(select(func.count()).select_from(SignInSession)) == 0
    with pytest.raises(NotFound):
        find_link(session, kind=actions.RESET, token=link, now=clock())
    actions.forgot(session, email=ana.email, place=actions.Place("192.0.2.7"), now=clock())
    assert mails(session) == []
    candidate = actions.begin_sign_in(
        session, email=ana.email, place=actions.Place("192.0.2.7"), known_user=None, now=clock()
    )
    assert (candidate.user_id, candidate.password_hash) == (None, None)


def test_who_is_switched_off_while_the_password_is_checked_does_not_come_in(session, clock, administrator, ana):
    candidate = actions.begin_sign_in(
        session, email=ana.email, place=actions.Place("192.0.2.7"), known_user=None, now=clock()
    )
    actions.deactivate(session, actor=administrator, user=ana, now=clock())

    with pytest.raises(Invalid) as caught:
        actions.sign_in(
            session, candidate=candidate, checked=Checked(right=True), device="", own_device=False, now=clock()
        )
    assert caught.value.code == "wrong-password"


@pytest.mark.parametrize(
    ("kind", "lasts"), [(actions.ACTIVATION, {"days": 14}), (actions.RESET, {"hours": 1})], ids=["activation", "reset"]
)
def test_a_link_works_until_its_time_is_over(session, clock, administrator, ana, kind, lasts):
    token = actions.make_link(session, actor=administrator, user=ana, kind=kind, now=clock())
    clock.advance(**lasts)
    clock.advance(seconds=-1)
    assert find_link(session, kind=kind, token=token, now=clock()).user is ana

    clock.advance(seconds=1)
    with pytest.raises(NotFound):
        actions.use_link(session, kind=kind, token=token, password_hash="new", now=clock())
    assert ana.password_hash == PASSWORD_HASH


def test_a_link_is_stored_hashed_and_has_one_kind(session, clock, administrator, ana):
    token = actions.make_link(session, actor=administrator, user=ana, kind=actions.RESET, now=clock())

    assert session.scalars(select(Link.token_hash == token)).all() == [False]
    with pytest.raises(NotFound):
        find_link(session, kind=actions.ACTIVATION, token=token, now=clock())
    with pytest.raises(NotFound):
        find_link(session, kind=actions.RESET, token=session.scalars(select(Link.token_hash)).one(), now=clock())


def test_using_a_link_sets_the_password_ends_all_sessions_and_every_other_link_and_tells_the_owner(
    session, clock, administrator, ana
):
    token = signed_in(session, ana, clock)
    links = [
        actions.make_link(session, actor=administrator, user=ana, kind=actions.RESET, now=clock()) for _ in range(2)
    ]
    actions.use_link(session, kind=actions.RESET, token=links[0], password_hash="new", now=clock())

    assert ana.password_hash == "new"
    assert find_session(session, token, now=clock()) is None
    for link in links:
        with pytest.raises(NotFound):
            actions.use_link(session, kind=actions.RESET, token=link, password_hash="newer", now=clock())
    assert mails(session) == [("password-changed", "ana@demo.example")]
    assert log(session)[-1] == ("password", ana.public_id, {})


def test_changing_ones_password_keeps_this_device_and_ends_the_others(session, clock, ana):
    here, there = signed_in(session, ana, clock), signed_in(session, ana, clock)
    candidate = actions.begin_sign_in(
        session, email=ana.email, place=actions.Place("192.0.2.7"), known_user=None, now=clock()
    )
    keep = find_session(session, here, now=clock()).session_id
    common = {"actor": actor(ana), "candidate": candidate, "password_hash": "new", "keep": keep, "now": clock()}
    with pytest.raises(Invalid) as caught:
        actions.change_password(session, checked=Checked(right=False), **common)
    assert (caught.value.code, caught.value.field) == ("wrong-password", "old_password")
    assert ana.password_hash == PASSWORD_HASH

    actions.change_password(session, checked=Checked(right=True), **common)
    assert ana.password_hash == "new"
    assert [device.current for device in devices(session, actor(ana), current=keep, now=clock())] == [True]
    assert find_session(session, there, now=clock()) is None
    assert mails(session) == [("password-changed", "ana@demo.example")]


def test_nobody_changes_somebody_elses_password(session, clock, ana):
    ben = enter(session, "Ben")
    candidate = actions.begin_sign_in(
        session, email=ana.email, place=actions.Place("192.0.2.7"), known_user=None, now=clock()
    )
    with pytest.raises(NotAllowed):
        actions.change_password(
            session,
            actor=actor(ben),
            candidate=candidate,
            checked=Checked(right=True),
            password_hash="new",
            keep=0,
            now=clock(),
        )
    assert ana.password_hash == PASSWORD_HASH


@pytest.mark.parametrize("email", ["nobody@demo.example", "not an address", ""])
def test_forgetting_an_address_nobody_has_does_nothing_and_says_nothing(session, clock, email):
    assert actions.forgot(session, email=email, place=actions.Place("192.0.2.7"), now=clock()) is None
    assert mails(session) == []


def test_a_zone_is_one_that_exists(session, clock, ana):
    actions.set_zone(session, actor=actor(ana), zone="Europe/Lisbon")
    assert ana.zone == "Europe/Lisbon"
    with pytest.raises(Invalid) as caught:
        actions.set_zone(session, actor=actor(ana), zone="Europe/Atlantis")
    assert caught.value.code == "unknown-zone"
    actions.set_zone(session, actor=actor(ana), zone="")
    assert ana.zone is None
