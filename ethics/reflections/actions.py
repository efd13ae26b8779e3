"""What students do with their reflections: save the draft, submit a revision, change who reads it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.markup import RENDERER, Rendered
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.reflections import rules
from ethics.reflections.merging import draft_of, fields_of, merge
from ethics.reflections.models import Answer, Basis, Draft, Reflection, Revision, Vouched, Way, WritingWay
from ethics.reflections.queries import own_begun, own_by_id, own_reflection
from ethics.rounds.actions import note_reflected
from ethics.rounds.aliases import alias_in_group
from ethics.rounds.gate import Standing, standing
from ethics.rounds.models import Audience, Participation, Phase, Round
from ethics.rounds.rules import refuses_reflection
from ethics.text import refuse_unstorable
from ethics.vocabulary.frameworks import prompts_of


def save_draft(
    session: Session, *, actor: Actor, round_id: str, draft: Draft, basis: Basis, now: datetime
) -> Reflection:
    """Keep what was typed so far; only its writer ever reads it. The first save begins the reflection.

    Where another tab has saved meanwhile, what only one of them changed is put together. Raises Conflict, carrying the
    KeptDraft, when both have changed the same; NotAllowed while writing is not open; Invalid for a text that cannot be
    kept.
    """
    begun = own_begun(session, actor, round_id)
    if begun is None:
        at = _writing(session, actor, round_id, now)
        return _keep(
            session,
            round_=at.round,
            participation=_participation(at),
            reflection=None,
            draft=draft,
            basis=basis,
            now=now,
        )
    # Who has begun had committed everywhere: what may have changed since is whether the round is open.
    reflection, extension = begun
    participation = reflection.participation
    if participation.round.phase(now, extension) is not Phase.OPEN:
        raise NotAllowed("round-closed")
    return _keep(
        session,
        round_=participation.round,
        participation=participation,
        reflection=reflection,
        draft=draft,
        basis=basis,
        now=now,
    )


def submit_reflection(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    draft: Draft,
    rendered: Mapping[str, Rendered],
    basis: Basis,
    vouched: Vouched | None = None,
    now: datetime,
) -> Reflection:
    """Submit the draft as the next revision. The first one completes the commitments and opens peers' reflections.

    `rendered` holds the HTML of each answer that is not empty, by the key of its prompt; `vouched` is what the writer
    says of passages that seem to point to somebody. Raises what `save_draft`
    raises, Invalid when nothing is written, and Conflict also when another tab has saved what this one has not shown.
    """
    refusal = rules.refuses_submission(draft)
    if refusal:
        raise Invalid(refusal)
    at = _writing(session, actor, round_id, now)
    own = own_reflection(session, at, lock=True)
    if own is not None and _settled(own, draft, basis) != draft:
        raise Conflict("stale", own.kept)
    reflection = _keep(
        session,
        round_=at.round,
        participation=_participation(at),
        reflection=own,
        draft=draft,
        basis=basis,
        now=now,
    )
    reflection.number += 1
    reflection.about, reflection.audience = draft.about, draft.audience
    reflection.faculty_only = dict.fromkeys(sorted(draft.faculty_only), True)
    if reflection.submitted_at is None:
        reflection.submitted_at, reflection.late = now, rules.would_be_late(at)
    revision = Revision(
        reflection_id=reflection.id,
        number=reflection.number,
        asked=draft.asked.strip(),
        submitted_at=now,
        vouched=vouched,
    )
    session.add(revision)
    session.flush()
    session.add_all(
        Answer(revision_id=revision.id, prompt=key, source=text, html=rendered[key].html, renderer=RENDERER)
        for key, text in draft.written.items()
    )
    note_reflected(_participation(at), now=now)
    _name_for_group(session, at)
    session.flush()
    return reflection


def change_audience(
    session: Session,
    *,
    actor: Actor,
    reflection_id: str,
    audience: Audience,
    keep_back: Mapping[str, bool] | None = None,
    now: datetime,
) -> Reflection:
    """Share a submitted reflection with the group, or take it back, whole or in single answers.

    `keep_back` says by prompt which answers stay with faculty; those it does not name stay as they are. Raises NotFound
    for somebody else's, Invalid for a prompt that there is not, NotAllowed before it is submitted, and for sharing more
    after the round is closed.
    """
    reflection, round_id = own_by_id(session, actor, reflection_id)
    at = standing(session, actor, round_id, now=now, lock=True)
    faculty_only = _kept_back(reflection.faculty_only, keep_back or {})
    refusal = rules.refuses_audience(at, reflection, audience, faculty_only)
    if refusal:
        raise NotAllowed(refusal)
    if (reflection.audience, set(reflection.faculty_only)) == (audience, faculty_only):
        return reflection
    reflection.audience = audience
    reflection.faculty_only = dict.fromkeys(sorted(faculty_only), True)
    # An open tab still holds the old choice: its next save must learn of it, or it would undo this one.
    draft = reflection.kept.draft
    kept_back = frozenset(_kept_back(draft.faculty_only, keep_back or {}))
    _check(at.round, replace(draft, faculty_only=kept_back))
    reflection.draft = replace(draft, audience=audience, faculty_only=kept_back).to_json()
    reflection.draft_version += 1
    reflection.draft_tab = ""
    _name_for_group(session, at)
    session.flush()
    record(
        session,
        actor=actor,
        action="reflection.audience",
        object_kind="reflection",
        object_id=reflection_id,
        now=now,
        audience=str(audience),
        answers_for_faculty=len(faculty_only),
    )
    return reflection


def choose_way(session: Session, *, actor: Actor, way: Way) -> None:
    """Remember how somebody likes to write, for all their reflections. No text moves."""
    session.get_one(User, actor.id, with_for_update=True)
    chosen = session.scalar(select(WritingWay).where(WritingWay.user_id == actor.id))
    if chosen is None:
        session.add(WritingWay(user_id=actor.id, way=way))
    else:
        chosen.way = way
    session.flush()


def _kept_back(before: Collection[str], changes: Mapping[str, bool]) -> set[str]:
    return {*before, *(key for key, kept in changes.items() if kept)} - {
        key for key, kept in changes.items() if not kept
    }


def _writing(session: Session, actor: Actor, round_id: str, now: datetime) -> Standing:
    at = standing(session, actor, round_id, now=now, lock=True)
    refusal = refuses_reflection(at)
    if refusal:
        raise NotAllowed(refusal)
    return at


def _participation(at: Standing) -> Participation:
    if at.participation is None:
        raise NotAllowed("not-a-participant")
    return at.participation


def _keep(
    session: Session,
    *,
    round_: Round,
    participation: Participation,
    reflection: Reflection | None,
    draft: Draft,
    basis: Basis,
    now: datetime,
) -> Reflection:
    _check(round_, draft)
    if reflection is None:
        reflection = Reflection(
            participation_id=participation.id,
            about=draft.about,
            audience=draft.audience,
            faculty_only={},
            draft=draft.to_json(),
            draft_version=1,
            draft_saved_at=now,
            draft_tab=basis.tab,
            draft_turn=basis.turn,
            number=0,
            late=False,
            created_at=now,
        )
        session.add(reflection)
    else:
        _take(reflection, draft, basis, now)
    session.flush()
    return reflection


def _take(reflection: Reflection, draft: Draft, basis: Basis, now: datetime) -> None:
    settled = _settled(reflection, draft, basis)
    if settled is None:
        return
    reflection.draft_tab, reflection.draft_turn = (basis.tab, basis.turn) if settled is draft else ("", 0)
    if settled.to_json() == reflection.draft:
        # A save whose answer was lost on the way has come again: nothing to do, and nobody to warn.
        return
    reflection.draft, reflection.draft_saved_at = settled.to_json(), now
    reflection.draft_version += 1


def _settled(reflection: Reflection, draft: Draft, basis: Basis) -> Draft | None:
    """What is to be kept now: the draft as it came, or put together with what another tab has saved.

    None for what this tab sent before the text that stands. Raises Conflict where both have changed the same.
    """
    if basis.tab and basis.tab == reflection.draft_tab:
        return draft if basis.turn >= reflection.draft_turn else None
    if basis.version == reflection.draft_version:
        return draft
    merged = merge(basis.marks, fields_of(draft), fields_of(reflection.kept.draft))
    if merged.conflicts:
        raise Conflict("stale", reflection.kept)
    return draft if merged.fields == fields_of(draft) else draft_of(merged.fields)


def _check(round_: Round, draft: Draft) -> None:
    if not rules.fits_framework(draft, [prompt["key"] for prompt in prompts_of(round_.framework)]):
        raise Invalid("unknown-prompt")
    for key, text in {**draft.answers, "asked": draft.asked}.items():
        refuse_unstorable(text, key)
    field = rules.oversized(draft)
    if field:
        raise Invalid("too-long", field)
    if rules.is_oversized_in_all(draft):
        raise Invalid("reflection-too-long")


def _name_for_group(session: Session, at: Standing) -> None:
    """Who changed group since has no name there yet; what is shared needs one."""
    if at.round.aliases and at.group_id is not None:
        alias_in_group(session, _participation(at), at.group_id)
