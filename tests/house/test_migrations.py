"""The migrations make the database that the models speak of, on SQLite and on PostgreSQL."""

from pathlib import Path

from sqlalchemy import inspect

from ethics import migrations
from ethics.db import Database
from ethics.schema import metadata


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


def test_revisions_are_dated():
    names = [path.name for path in (Path(migrations.__file__).parent / "versions").glob("*.py")]

    assert [name for name in names if not name[:10].replace("_", "").isdigit()] == []
