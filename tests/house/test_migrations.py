"""The migrations make the database that the models speak of, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import MetaData, Table, inspect, text

from ethics import migrations
from ethics.db import Database
from ethics.schema import metadata

AT = datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None)
OLD_CASE = (
    (
        "cases",
        {"id": 1, "slug": "short-count", "origin": "folder", "status": "published", "current_number": 1}
        | {"title": "Short count", "summary": "Twice.", "kind": "case", "principles": ["trust"], "also": []}
        | {"tensions": [], "topics": [], "professions": ["nursing"], "self_study": False}
        | {"created_at": AT, "updated_at": AT},
    ),
    (
        "case_versions",
        {"id": 1, "case_id": 1, "number": 1, "sha256": "", "source": b"", "front": {}, "stages": [], "renderer": 1}
        | {"note": "", "created_at": AT},
    ),
    (
        "segments",
        {"id": 1, "version_id": 1, "position": 1, "kind": "decision", "stage": 1, "heading": "Now?", "source": ""}
        | {"html": "<p>Gráinne counts.</p>", "items": [{"id": "speak", "text": "Speak"}]},
    ),
)


def checks(database: Database) -> dict[str, dict[str, str]]:
    """Every check constraint, by table and name."""
    with database.reader.connect() as connection:
        inspector = inspect(connection)
        return {
            table: {check["name"]: check["sqltext"] for check in inspector.get_check_constraints(table)}
            for table in metadata.tables
        }


def test_there_is_one_head_that_an_empty_database_reaches(store):
    url = store.empty()
    database = Database(url)

    assert migrations.current(database) is None
    migrations.upgrade(database)
    assert migrations.current(database) == migrations.head()

    database.dispose()
    store.drop(url)


def test_models_and_migrations_agree(db):
    assert migrations.differences(db) == []


def test_check_constraints_agree_which_alembic_does_not_compare(db, store):
    url = store.empty()
    modelled = Database(url)
    with modelled.writer.begin() as connection:
        metadata.create_all(connection)

    assert checks(db) == checks(modelled)

    modelled.dispose()
    store.drop(url)


def test_cases_that_are_stored_already_can_be_found_by_their_words(store):
    url = store.empty()
    database = Database(url)
    migrations.upgrade_to(database, "ea0e3527cd13")  # the revision before cases had words
    with database.writer.begin() as connection:
        for table, values in OLD_CASE:
            connection.execute(Table(table, MetaData(), autoload_with=connection).insert().values(**values))
    migrations.upgrade(database)

    with database.reader.connect() as connection:
        assert connection.execute(text("SELECT words FROM cases")).scalar_one() == " short count twice trust nursing "
        assert connection.execute(text("SELECT words FROM segments")).scalar_one() == " now grainne counts speak "

    database.dispose()
    store.drop(url)


def test_revisions_are_dated():
    names = [path.name for path in (Path(migrations.__file__).parent / "versions").glob("*.py")]

    assert [name for name in names if not name[:10].replace("_", "").isdigit()] == []
