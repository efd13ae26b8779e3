"""An installation's own terms reach its pages."""

import pytest

from ethics.config import Settings
from ethics.vocabulary import VocabularyError

TOPIC = "- {id: moon-medicine, name: Medicine on the moon}\n"


def test_the_application_reads_the_vocabulary_of_its_case_folders(build_app, tmp_path):
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "topics.yaml").write_text(TOPIC)
    app = build_app(Settings(env="development", secret_key="a" * 40, cases_dir=(tmp_path,)))

    assert app.extensions["ethics.vocabulary"].topics["moon-medicine"].name == "Medicine on the moon"


def test_a_slip_in_a_framework_keeps_the_application_from_starting_and_says_where(build_app, tmp_path):
    (tmp_path / "vocabulary" / "frameworks").mkdir(parents=True)
    path = tmp_path / "vocabulary" / "frameworks" / "small.yaml"
    path.write_text("id: small\nname: Small\nsummary: s\nprompts:\n  - {key: cost, optional: yes}\n")

    with pytest.raises(VocabularyError, match=f"^{path}:5: 'cost' belongs to the common core and cannot be optional$"):
        build_app(Settings(env="development", secret_key="a" * 40, cases_dir=(tmp_path,)))
