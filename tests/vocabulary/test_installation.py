"""An installation's own terms reach its pages."""

from ethics.config import Settings

TOPIC = "- {id: moon-medicine, name: Medicine on the moon}\n"


def test_the_application_reads_the_vocabulary_of_its_case_folders(build_app, tmp_path):
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "topics.yaml").write_text(TOPIC)
    app = build_app(Settings(env="development", secret_key="a" * 40, cases_dir=(tmp_path,)))

    assert app.extensions["ethics.vocabulary"].topics["moon-medicine"].name == "Medicine on the moon"
