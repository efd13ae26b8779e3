"""The server is killed while four people write: whatever it acknowledged is there, and everything is there once."""

import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from ethics import markup
from ethics.application import open_database
from ethics.config import load_settings
from ethics.discussions.actions import start_thread
from ethics.discussions.models import Comment
from ethics.reflections.models import Reflection
from tests.kill.people import Typist, Writer
from tests.rounds_cast import build_round, commit_everywhere
from tests.server import Installation

WRITERS = 4
WORTH_A_KILL = 10  # acknowledged comments between two kills
OPENING = "Where would you have begun?"
SECONDS = 60


@pytest.fixture
def installation(store, tmp_path):
    url = store.migrated()
    yield Installation.new(url, tmp_path)
    store.drop(url)


@pytest.fixture
def database(installation):
    database = open_database(load_settings(installation.environment, env_file=None))
    yield database
    database.dispose()


@pytest.fixture
def thread(database):
    """The address of a thread of group 1, begun by its tutor."""
    now = datetime.now(UTC)
    rendered = markup.render(OPENING, profile=markup.Profile.POST)
    with database.unit_of_work() as session:
        cast = build_round(session, now=now)
        thread = start_thread(
            session,
            actor=cast.tutor,
            round_id=cast.id,
            group_id=cast.groups[0].public_id,
            title="Begin here",
            source=OPENING,
            rendered=rendered,
            now=now,
        )
        return f"/threads/{thread.public_id}"


def stored(database) -> Counter[str]:
    with database.reading() as session:
        return Counter(session.scalars(select(Comment.source).where(Comment.source != OPENING)))


def wait_for(writers: list[Writer], acknowledged: int) -> None:
    deadline = time.monotonic() + SECONDS
    while sum(len(writer.acknowledged) for writer in writers) < acknowledged:
        assert [writer.error for writer in writers if writer.error] == []
        assert time.monotonic() < deadline, "the writers do not get on"
        time.sleep(0.02)


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_kill_9_loses_nothing_that_was_acknowledged(installation, database, thread, kills):
    writers: list[Writer] = []
    for round_ in range(kills):
        with installation.serving(workers=2) as server:
            if not writers:
                writers += [Writer(f"W{n}", server.url, "ines@demo.example", thread) for n in range(WRITERS)]
                for writer in writers:
                    writer.start()
            wait_for(writers, WORTH_A_KILL * (round_ + 1))
            server.kill()
        acknowledged = Counter(text for writer in writers for text in writer.acknowledged)
        assert acknowledged - stored(database) == Counter()
    with installation.serving(workers=2):
        for writer in writers:
            writer.stop()
        for writer in writers:
            writer.join(SECONDS)

    assert [writer.error for writer in writers if writer.error] == []
    assert stored(database) == Counter(text for writer in writers for text in writer.begun)


@pytest.fixture
def reflection(database):
    """The address where Ana writes her reflection."""
    now = datetime.now(UTC)
    with database.unit_of_work() as session:
        cast = build_round(session, now=now)
        commit_everywhere(session, cast, cast.ana, now=now)
        return f"/rounds/{cast.id}/reflection"


def test_kill_9_forgets_no_word_that_was_shown_as_saved(installation, database, reflection):
    with installation.serving(workers=2) as server:
        typist = Typist("T", server.url, "ana@demo.example", reflection)
        typist.start()
        wait_for([typist], WORTH_A_KILL)
        server.kill()
    saved = int(typist.acknowledged[-1])
    with database.reading() as session:
        assert int(session.scalars(select(Reflection)).one().draft["answers"]["moment"]) >= saved
    with installation.serving(workers=2):
        typist.stop()
        typist.join(SECONDS)
    assert (typist.error, typist.acknowledged) == (None, typist.begun)
