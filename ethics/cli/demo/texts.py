"""What the demo's YAML files hold, checked when they are read."""

from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from ethics.discussions.answer_models import Wish
from ethics.markup import Profile, Rendered, render
from ethics.people.models import Role


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonText(_Part):
    """Somebody of the demo."""

    email: str
    name: str
    roles: tuple[Role, ...] = ()
    zone: str | None = None
    profession: str | None = None


class TutorText(_Part):
    """A tutor, and the numbers of the groups, from 1."""

    email: str
    groups: tuple[int, ...]


class GroupText(_Part):
    """A group and its students."""

    name: str
    students: tuple[PersonText, ...]


class ContactsText(_Part):
    """A cohort's urgent contacts."""

    call: str
    reporting: str
    name: str


class CohortText(_Part):
    """A cohort of the demo."""

    name: str
    zone: str
    contacts: ContactsText
    director: str
    tutors: tuple[TutorText, ...]
    groups: tuple[GroupText, ...]


class SnippetText(_Part):
    """Words that a teacher uses again."""

    by: str
    name: str
    text: str


class ClassText(_Part):
    """Everybody there is."""

    people: tuple[PersonText, ...]
    snippets: tuple[SnippetText, ...]
    cohorts: tuple[CohortText, ...]


class StanceText(_Part):
    """A stance at the decision point of a stage."""

    stage: int
    option: str
    other: str = ""
    confidence: int
    principles: tuple[str, ...]
    reason: str
    audience: Literal["faculty", "group"] = "group"


class ReflectionText(_Part):
    """A reflection, submitted or still a draft."""

    about: Literal["case", "seen"]
    audience: Literal["faculty", "group"]
    state: Literal["submitted", "draft"]
    answers: dict[str, str]
    asked: str = ""


class StudentText(_Part):
    """What one student does in the round."""

    stances: tuple[StanceText, ...] = ()
    reflection: ReflectionText | None = None
    revisited: tuple[StanceText, ...] = ()
    closing_note: str | None = None


class ReportText(_Part):
    """Somebody reports a comment."""

    by: str
    category: str
    note: str


class HiddenText(_Part):
    """A tutor hides a comment; its author may ask for another look."""

    by: str
    category: str
    reason: str
    appeal: str = ""


class HoldText(_Part):
    """A tutor holds what the author of a comment writes from then on."""

    by: str
    category: str
    reason: str


class CommentText(_Part):
    """A comment; `by` is a name before @demo.example, `reply_to` the number of an earlier comment, from 0."""

    by: str
    text: str
    reply_to: int | None = None
    quote: str = ""
    """Words of the comment that it answers."""
    after_most: bool = False
    reported: ReportText | None = None
    hidden: HiddenText | None = None
    held: HoldText | None = None


class ThreadText(_Part):
    """A thread of a group; `origin` is "free", "question 1", "case", or "reflection ana"."""

    group: int
    origin: str
    quote: str = ""
    """The passage of the case or of the shared reflection that it begins from."""
    title: str
    comments: tuple[CommentText, ...]

    @property
    def shared_by(self) -> str:
        """Whose shared reflection it begins from; empty: no reflection."""
        return self.origin.removeprefix("reflection ") if self.origin.startswith("reflection ") else ""

    @property
    def people(self) -> set[str]:
        """Everybody who has a part in it."""
        reporters = {comment.reported.by for comment in self.comments if comment.reported}
        return {comment.by for comment in self.comments} | reporters | ({self.shared_by} - {""})


class RemarkText(_Part):
    """A teacher's answer to a passage of a reflection."""

    quote: str
    text: str


class FeedbackText(_Part):
    """A teacher's answer to a reflection; a scheduled one can be read from the next Monday on."""

    to: str
    by: str
    state: Literal["released", "scheduled", "draft"]
    text: str
    remarks: tuple[RemarkText, ...] = ()
    taken_up: bool = False
    wish: Wish | None = None
    """What the teacher says of the revision beside it, and why."""
    reason: str = ""


class EverywhereText(_Part):
    """A thread that a teacher begins in all of their groups at once."""

    by: str
    title: str
    text: str


class RoundText(_Part):
    """What a class says in one round, on the case of this name."""

    case: str
    framework: str
    students: dict[str, StudentText]
    threads: tuple[ThreadText, ...]
    everywhere: tuple[EverywhereText, ...] = ()
    feedback: tuple[FeedbackText, ...]
    summary: str

    def rendered(self) -> dict[str, Rendered]:
        """The HTML of every text that is shown as Markdown, by the text. Slow: before the transaction."""
        texts = [*filter(None, [self.summary]), *(feedback.text for feedback in self.feedback)]
        texts += [remark.text for feedback in self.feedback for remark in feedback.remarks]
        texts += [comment.text for thread in self.threads for comment in thread.comments]
        texts += [thread.text for thread in self.everywhere]
        for student in self.students.values():
            texts += student.reflection.answers.values() if student.reflection else ()
        return {text: render(text, profile=Profile.POST) for text in texts}


def read_class() -> ClassText:
    """The people and cohorts of the demo."""
    return ClassText.model_validate(_read("class"))


def read_round(slug: str) -> RoundText:
    """What the class says in its round on the case of this name."""
    raw = {**_read(slug), "case": slug}
    for thread in raw["threads"]:
        thread["origin"] = thread.pop("from")
    return RoundText.model_validate(raw)


def _read(name: str) -> Any:
    return yaml.safe_load((resources.files("ethics.cli.demo") / f"{name}.yaml").read_text(encoding="utf-8"))
