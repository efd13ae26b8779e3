"""A demo class of any size: the same texts again and again, from people with recombined names."""

from collections.abc import Iterator, Sequence
from itertools import count

from ethics.cli.demo.texts import (
    ClassText,
    CohortText,
    CommentText,
    FeedbackText,
    GroupText,
    PersonText,
    RoundText,
    StudentText,
    ThreadText,
    TutorText,
)

_DOMAIN = "@demo.example"


def recombined(people: ClassText, rounds: Sequence[RoundText], *, students: int) -> tuple[ClassText, list[RoundText]]:
    """The same class with `students` students in groups like its own; the first are those there are.

    Each further turn of groups says what the first said, under other names. What speaks to somebody who is no longer
    there is left out.
    """
    first, *rest = people.cohorts
    copies = list(_copies(first, students))
    bigger = first.model_copy(
        update={
            "groups": tuple(group for group, _ in copies),
            "tutors": tuple(_tutor(tutor, len(first.groups), len(copies)) for tutor in first.tutors),
        }
    )
    names = [mapping for _, mapping in copies]
    return (
        people.model_copy(update={"cohorts": (bigger, *rest)}),
        [_round(text, len(first.groups), names) for text in rounds],
    )


def _copies(cohort: CohortText, students: int) -> Iterator[tuple[GroupText, dict[str, str]]]:
    """Groups until there are enough students, each with who in it stands for whom of the original."""
    originals = [student for group in cohort.groups for student in group.students]
    left = students
    for number in count():
        turn, place = divmod(number, len(cohort.groups))
        members = cohort.groups[place].students[:left]
        if not members:
            return
        copies = [_person(student, turn, originals) for student in members]
        name = cohort.groups[place].name if turn == 0 else f"Group {number + 1}"
        yield (
            GroupText(name=name, students=tuple(copies)),
            {_key(old): _key(new) for old, new in zip(members, copies, strict=True)},
        )
        left -= len(members)


def _person(student: PersonText, turn: int, originals: Sequence[PersonText]) -> PersonText:
    if turn == 0:
        return student
    other = originals[(originals.index(student) + turn) % len(originals)]
    name = f"{student.name.partition(' ')[0]} {other.name.partition(' ')[2]}"
    return student.model_copy(update={"email": f"{_key(student)}{turn + 1}{_DOMAIN}", "name": name})


def _tutor(tutor: TutorText, groups: int, copies: int) -> TutorText:
    return tutor.model_copy(
        update={"groups": tuple(number for number in range(1, copies + 1) if (number - 1) % groups + 1 in tutor.groups)}
    )


def _round(text: RoundText, groups: int, names: Sequence[dict[str, str]]) -> RoundText:
    students: dict[str, StudentText] = {}
    feedback: list[FeedbackText] = []
    threads: list[ThreadText] = []
    for number, mapping in enumerate(names, start=1):
        students |= {mapping[name]: student for name, student in text.students.items() if name in mapping}
        feedback += [
            answer.model_copy(update={"to": mapping[answer.to]}) for answer in text.feedback if answer.to in mapping
        ]
        for thread in text.threads:
            copy = _thread(text, thread, mapping) if thread.group == (number - 1) % groups + 1 else None
            if copy is not None:
                threads.append(copy.model_copy(update={"group": number}))
    return text.model_copy(
        update={
            "students": students,
            "feedback": tuple(feedback),
            "threads": tuple(threads),
        }
    )


def _thread(text: RoundText, thread: ThreadText, mapping: dict[str, str]) -> ThreadText | None:
    """The thread under other names; None where a student who has a part in it is missing."""
    if not thread.people & set(text.students) <= set(mapping):
        return None
    origin = f"reflection {mapping[thread.shared_by]}" if thread.shared_by else thread.origin
    return thread.model_copy(
        update={"origin": origin, "comments": tuple(_comment(comment, mapping) for comment in thread.comments)}
    )


def _comment(comment: CommentText, mapping: dict[str, str]) -> CommentText:
    reported = comment.reported
    if reported is not None:
        reported = reported.model_copy(update={"by": mapping[reported.by]})
    return comment.model_copy(update={"by": mapping.get(comment.by, comment.by), "reported": reported})


def _key(person: PersonText) -> str:
    return person.email.removesuffix(_DOMAIN)
