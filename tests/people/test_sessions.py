"""Sign-in sessions are rows: signing out is real, and idleness ends them."""

import pytest
from sqlalchemy import select

from ethics.errors import NotFound
from ethics.people.models import Role, SignInSession
from ethics.people.queries import devices
from ethics.people.sessions import end_all_sessions, end_device, end_session, find_session, note_seen, start_session
from tests.cast import actor, enter


@pytest.fixture
def ana(session):
    return enter(session, "Ana Okafor", Role.AUTHOR)


@pytest.fixture
def sign_in_to(session, clock):
    def sign_in_to(user, *, own_device: bool = False) -> str:
        return start_session(session, user=user, device="Safari, iPhone", own_device=own_device, now=clock())

    return sign_in_to


def test_the_token_leads_to_the_person_and_is_not_kept(session, clock, ana, sign_in_to):
    token = sign_in_to(ana)

    assert find_session(session, token, now=clock()).actor == actor(ana, Role.AUTHOR)
    assert len(token) == 43
    assert session.scalars(select(SignInSession.token_hash == token)).all() == [False]
    assert find_session(session, token + "x", now=clock()) is None
    assert find_session(session, "", now=clock()) is None


def test_half_an_hour_of_idleness_ends_it(session, clock, ana, sign_in_to):
    token = sign_in_to(ana)

    assert find_session(session, token, now=clock.advance(minutes=29, seconds=59))
    assert find_session(session, token, now=clock.advance(seconds=1)) is None


def test_eight_hours_end_it_however_busy(session, clock, ana, sign_in_to):
    token = sign_in_to(ana)
    for _ in range(24):
        clock.advance(minutes=20)
        found = find_session(session, token, now=clock())
        if found:
            note_seen(session, found, now=clock())

    assert found is None
    assert find_session(session, token, now=clock.advance(minutes=-1)) is not None


def test_an_own_device_lasts_fourteen_idle_days(session, clock, ana, sign_in_to):
    token = sign_in_to(ana, own_device=True)
    note_seen(session, find_session(session, token, now=clock.advance(days=13)), now=clock())
    session.expire_all()

    assert find_session(session, token, now=clock.advance(days=13, hours=23))
    assert find_session(session, token, now=clock.advance(hours=1)) is None


def test_signing_out_is_real(session, clock, ana, sign_in_to):
    token, other = sign_in_to(ana), sign_in_to(ana)
    end_session(session, token=token)

    assert find_session(session, token, now=clock()) is None
    assert find_session(session, other, now=clock())


def test_devices_show_the_current_one_first_and_leave_out_what_is_over(session, clock, ana, sign_in_to):
    sign_in_to(ana)
    clock.advance(minutes=20)
    here = find_session(session, sign_in_to(ana), now=clock())
    sign_in_to(ana)
    sign_in_to(enter(session, "Ben"))

    def shown() -> list[bool]:
        return [device.current for device in devices(session, actor(ana), current=here.session_id, now=clock())]

    assert shown() == [True, False, False]
    clock.advance(minutes=10)
    assert shown() == [True, False]


def test_one_ends_ones_own_devices_only(session, clock, ana, sign_in_to):
    token, bens = sign_in_to(ana), sign_in_to(ben := enter(session, "Ben"))
    [anas_device] = devices(session, actor(ana), current=0, now=clock())
    with pytest.raises(NotFound):
        end_device(session, actor=actor(ben), public_id=anas_device.public_id)
    assert find_session(session, token, now=clock())

    end_device(session, actor=actor(ana), public_id=anas_device.public_id)
    session.flush()
    assert find_session(session, token, now=clock()) is None
    assert find_session(session, bens, now=clock())


def test_everywhere_else_leaves_here(session, clock, ana, sign_in_to):
    here, there, bens = sign_in_to(ana), sign_in_to(ana), sign_in_to(enter(session, "Ben"))
    end_all_sessions(session, user_id=ana.id, but=find_session(session, here, now=clock()).session_id)

    assert [find_session(session, token, now=clock()) is not None for token in (here, there, bens)] == [
        True,
        False,
        True,
    ]
