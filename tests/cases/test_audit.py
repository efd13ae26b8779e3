"""What a collection covers, and who is portrayed how."""

from datetime import date

from ethics.cases.audit import Audit, audit
from ethics.cases.front import Front
from tests.cases.texts import VOCABULARY

TODAY = date(2026, 11, 24)


def front(title: str, **values: object) -> Front:
    return Front.model_validate({"title": title, "summary": "A summary.", **values})


def audited(*fronts: Front) -> Audit:
    return audit(fronts, vocabulary=VOCABULARY, today=TODAY)


def test_an_empty_collection_has_a_blank_for_everything() -> None:
    found = audited()
    assert list(found.principles) == list(VOCABULARY.principles)
    assert {count for levels in found.principles.values() for count in levels.values()} == {0}
    assert len(found.uncovered) == len(found.tensions) > 0
    assert (found.cases, found.languages, found.due, found.without_people) == (0, {}, (), ())


def test_principles_are_counted_by_level_and_by_what_leads() -> None:
    found = audited(
        front("One", principles=["autonomy"], also=["justice"], level="introductory"),
        front("Two", principles=["justice", "autonomy"], level="advanced"),
        front("Three", principles=["autonomy"]),
    )
    assert found.principles["autonomy"] == {"introductory": 1, "intermediate": 0, "advanced": 1, "": 1}
    assert found.principles["justice"] == {"introductory": 1, "intermediate": 0, "advanced": 1, "": 0}
    assert (found.leading["autonomy"], found.leading["justice"], found.leading["veracity"]) == (3, 1, 0)


def test_a_tension_counts_in_either_order_and_an_unusual_one_too() -> None:
    found = audited(
        front("One", tensions=[("beneficence", "autonomy"), ("humility", "transparency")]),
        front("Two", tensions=[("autonomy", "beneficence")]),
    )
    assert (found.tensions["autonomy", "beneficence"], found.tensions["humility", "transparency"]) == (2, 1)
    assert ("autonomy", "justice") in found.uncovered
    assert ("autonomy", "beneficence") not in found.uncovered


def test_terms_of_a_school_are_counted_after_the_vocabulary() -> None:
    found = audited(front("One", topics=["consent", "our-own"], professions=["nursing"], setting="inpatient"))
    assert (found.topics["consent"], found.topics["our-own"], list(found.topics)[-1]) == (1, 1, "our-own")
    assert (found.professions["nursing"], found.settings["inpatient"], found.settings["school"]) == (1, 1, 0)


def test_people_are_counted_by_what_they_are_and_how_they_are_portrayed() -> None:
    found = audited(
        front(
            "One",
            people=[
                {"name": "Daniel", "roles": ["patient", "decides", "difficult"]},
                {"name": "Rosa", "roles": ["clinician", "expert"]},
            ],
        ),
        front("Two", people=[{"name": "Yolanda", "roles": ["patient"]}]),
        front("Three"),
    )
    assert found.people["patient"] == {"": 2, "decides": 1, "difficult": 1, "expert": 0}
    assert found.people["clinician"] == {"": 1, "decides": 0, "difficult": 0, "expert": 1}
    assert found.portraits["difficult"] == (("Daniel", "One"),)
    assert found.portraits["patient"] == (("Daniel", "One"), ("Yolanda", "Two"))
    assert found.without_people == ("Three",)


def test_languages_and_reviews_whose_day_has_passed() -> None:
    found = audited(
        front("One", language="en", review_by="2026-11-23"),
        front("Two", language="pt", review_by="2026-11-24"),
        front("Three", review_by="2025-01-01"),
    )
    assert found.languages == {"": 1, "en": 1, "pt": 1}
    assert found.due == ((date(2025, 1, 1), "Three"), (date(2026, 11, 23), "One"))
