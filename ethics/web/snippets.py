"""One's own snippets: words that one uses again in answers to reflections."""

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.discussions import snippets as own
from ethics.errors import Invalid
from ethics.web.auth import actor, signed_in
from ethics.web.forms.discussions import SnippetForm
from ethics.web.messages import say
from ethics.web.session import now, perform, reader

blueprint = Blueprint("snippets", __name__)

say({"too-many-snippets": lazy_gettext("You keep a hundred of them already. Delete one you no longer use.")})


@blueprint.get("/snippets")
@signed_in
def snippets() -> str:
    """All of one's own, each to be renamed, changed or deleted, and a form for another one."""
    return _page(SnippetForm(formdata=None))


@blueprint.post("/snippets")
@signed_in
def make() -> Response | tuple[str, int]:
    """Keep words under a name."""
    form = SnippetForm()

    def verb(session: Session) -> str:
        own.make_snippet(session, actor=actor(), name=form.name.data or "", text=form.text.data or "", now=now())
        return _here()

    if form.validate():
        try:
            return perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
    return _page(form), 422


@blueprint.post("/snippets/<string:snippet_id>")
@signed_in
def change(snippet_id: str) -> Response | tuple[str, int]:
    """Give one another name or other words."""
    form = SnippetForm(prefix=f"{snippet_id}-")

    def verb(session: Session) -> str:
        own.change_snippet(
            session,
            actor=actor(),
            snippet_id=snippet_id,
            name=form.name.data or "",
            text=form.text.data or "",
        )
        return _here()

    if form.validate():
        try:
            return perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
    return _page(form, changed=snippet_id), 422


@blueprint.post("/snippets/<string:snippet_id>/delete")
@signed_in
def delete(snippet_id: str) -> Response:
    """Delete one."""

    def verb(session: Session) -> str:
        own.delete_snippet(session, actor=actor(), snippet_id=snippet_id)
        return _here()

    done = perform(verb, actor=actor().public_id)
    flash(gettext("Deleted. What you wrote with it stays."), "success")
    return done


def _page(form: SnippetForm, *, changed: str | None = None) -> str:
    lines = own.snippets_of(reader(), actor())
    return render_template(
        "review/snippets.html",
        lines=[(line, form if line.public_id == changed else _filled(line)) for line in lines],
        form=SnippetForm(formdata=None) if changed else form,
        changed=changed,
        desk=url_for("review.review", **_desk()) if _desk() else None,
        here=_desk(),
    )


def _filled(line: own.SnippetLine) -> SnippetForm:
    return SnippetForm(formdata=None, prefix=f"{line.public_id}-", data={"name": line.name, "text": line.text})


def _here() -> str:
    return url_for("snippets.snippets", **_desk())


def _desk() -> dict[str, Any]:
    """The reflection on the desk that one came from, which the addresses of this page carry along."""
    named = {name: request.args.get(name, "") for name in ("round_id", "reflection")}
    return named if all(named.values()) else {}
