"""How an audit of the cases is printed: tables for a terminal, or JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ethics.cases.audit import HOW, LEVELS, NO_LEVEL, Audit
from ethics.vocabulary import Kind, Vocabulary

_WIDTH: Final = 78
_HOW: Final = {"": "in all", "decides": "decides", "difficult": "the difficult one", "expert": "expert"}
_PRINCIPLE_COLUMNS: Final = ["", "leads", *LEVELS, "no level", "in all"]


def as_json(audit: Audit) -> dict[str, object]:
    """The audit in the words of its fields; tensions as `autonomy vs justice`, no level and no language as "none"."""
    return {
        "cases": audit.cases,
        "principles": {
            name: {"leads": audit.leading.get(name, 0)} | {level or "none": count for level, count in levels.items()}
            for name, levels in audit.principles.items()
        },
        "tensions": {" vs ".join(pair): count for pair, count in audit.tensions.items()},
        "topics": dict(audit.topics),
        "professions": dict(audit.professions),
        "settings": dict(audit.settings),
        "people": {who: {how or "all": count for how, count in row.items()} for who, row in audit.people.items()},
        "portraits": {
            role: [{"name": name, "case": title} for name, title in people] for role, people in audit.portraits.items()
        },
        "without_people": list(audit.without_people),
        "languages": {code or "none": count for code, count in audit.languages.items()},
        "due": [{"review_by": day.isoformat(), "case": title} for day, title in audit.due],
    }


def as_text(audit: Audit, vocabulary: Vocabulary) -> Iterator[str]:
    """The lines of the audit, blank ones between its parts."""
    yield f"{audit.cases} case" if audit.cases == 1 else f"{audit.cases} cases"
    yield from _part("Principles", _table([_PRINCIPLE_COLUMNS, *_principle_rows(audit, vocabulary)]))
    covered = [(_pair(pair, vocabulary), count) for pair, count in audit.tensions.items() if count]
    yield from _part("Tensions", _counts(covered))
    yield from _part("Tensions that no case is about", _listed(_pair(pair, vocabulary) for pair in audit.uncovered))
    for title, kind, counts in (
        ("Topics", "topics", audit.topics),
        ("Professions", "professions", audit.professions),
        ("Settings", "settings", audit.settings),
    ):
        yield from _part(title, _terms(vocabulary, kind, counts))  # type: ignore[arg-type]  # these are kinds
    rows = [[who, *(_number(row[how]) for how in _HOW)] for who, row in audit.people.items()]
    yield from _part("People", _table([["", *_HOW.values()], *rows]))
    for role in ("patient", *HOW):
        said = [f"{name} ({title})" for name, title in audit.portraits[role]]
        yield from _part(f"People: {_HOW.get(role, role)}", _listed(said))
    yield from _part("Cases that do not say who appears", _listed(audit.without_people))
    yield from _part("Languages", _counts((code or "not given", count) for code, count in audit.languages.items()))
    yield from _part("Reviews due", [f"  {day.isoformat()}  {title}" for day, title in audit.due] or ["  none"])


def _principle_rows(audit: Audit, vocabulary: Vocabulary) -> Iterator[list[str]]:
    for name, levels in audit.principles.items():
        by_level = [levels[level] for level in (*LEVELS, NO_LEVEL)]
        counts = [audit.leading.get(name, 0), *by_level, sum(by_level)]
        yield [_name(vocabulary, "principles", name), *map(_number, counts)]


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", title)
    yield from lines


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield f"  {'  '.join(cells)}".rstrip()


def _counts(counts: Iterable[tuple[str, int]]) -> list[str]:
    """Names with their counts, the largest first."""
    ordered = sorted(counts, key=lambda entry: -entry[1])
    return list(_table([[name, str(count)] for name, count in ordered])) if ordered else ["  none"]


def _terms(vocabulary: Vocabulary, kind: Kind, counts: Mapping[str, int]) -> Iterator[str]:
    yield from _counts((_name(vocabulary, kind, term), count) for term, count in counts.items() if count)
    missing = [_name(vocabulary, kind, term) for term, count in counts.items() if not count]
    if missing:
        yield "  in no case:"
        yield from _listed(missing)


def _listed(names: Iterable[str]) -> Iterator[str]:
    """Names one after another, in lines that fit a terminal."""
    line = ""
    for name in names:
        if line and len(line) + len(name) > _WIDTH:
            yield f"  {line};"
            line = ""
        line = f"{line}; {name}" if line else name
    yield f"  {line or 'none'}"


def _pair(pair: tuple[str, str], vocabulary: Vocabulary) -> str:
    return " vs ".join(_name(vocabulary, "principles", side) for side in pair)


def _name(vocabulary: Vocabulary, kind: Kind, term: str) -> str:
    found = vocabulary.terms(kind).get(term)
    return found.name if found else term


def _number(count: int) -> str:
    return str(count) if count else "·"
