"""The application to look at, for rules that need no database."""

import pytest
from flask import Flask

from ethics.application import create_app
from ethics.config import Settings


@pytest.fixture(scope="session")
def unused_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application that nobody asks anything: its database does not exist."""
    return create_app(
        Settings(env="development", instance_dir=tmp_path_factory.mktemp("instance"), secret_key="a" * 40)
    )
