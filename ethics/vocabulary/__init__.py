"""Controlled vocabularies (principles, topics, frameworks, …), and what reads, extends and validates their YAML."""

from ethics.vocabulary.terms import (
    KINDS,
    Competency,
    Framework,
    Kind,
    Principle,
    Prompt,
    Rule,
    Term,
    Vocabulary,
    VocabularyError,
    load,
)

__all__ = [
    "KINDS",
    "Competency",
    "Framework",
    "Kind",
    "Principle",
    "Prompt",
    "Rule",
    "Term",
    "Vocabulary",
    "VocabularyError",
    "load",
]
