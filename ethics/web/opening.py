"""Break-glass: an administrator names one thing, says why, and reads it for a short time. There is no other way in."""

from flask import Blueprint, render_template, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.breakglass import actions
from ethics.breakglass.models import Opened
from ethics.errors import Invalid
from ethics.insights.news import zone_of
from ethics.people.models import Role
from ethics.web import auth
from ethics.web.auth import actor, role, signed_in
from ethics.web.confirm import ask_password, password_was_given_lately
from ethics.web.forms.opening import OpenForm
from ethics.web.messages import say
from ethics.web.session import now, perform, reader
from ethics.web.times import moment

blueprint = Blueprint("opening", __name__)

say(
    {
        "nothing-to-open": lazy_gettext(
            "This names no submitted reflection, no comment and no stance. Drafts, closing notes and concerns are "
            "never opened."
        ),
        "password-again": lazy_gettext("Your password is needed once more. Copy your reason and open this page anew."),
    }
)

_KINDS = {
    Opened.REFLECTION: lazy_gettext("A reflection"),
    Opened.COMMENT: lazy_gettext("A comment"),
    Opened.STANCE: lazy_gettext("A stance"),
}


@blueprint.get("/admin/open")
@role(Role.ADMINISTRATOR)
def choose() -> Response | str:
    """Name one thing and say why; the password is asked before."""
    if not password_was_given_lately():
        return ask_password(url_for("opening.choose"))
    return render_template("opening/choose.html", form=OpenForm(formdata=None))


@blueprint.post("/admin/open")
@role(Role.ADMINISTRATOR)
def open_() -> Response | tuple[str, int]:
    """Open it. Its writer and the director are told at once."""
    form = OpenForm()
    if form.validate():

        def verb(session: Session) -> str:
            if not password_was_given_lately():
                raise Invalid("password-again", "reason")
            made = actions.open_thing(
                session,
                actor=actor(),
                address=form.address.data or "",
                reason=form.reason.data or "",
                session_id=_session_id(),
                now=now(),
            )
            return url_for("opening.read", opening_id=made.public_id)

        try:
            return perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
    return render_template("opening/choose.html", form=form), 422


@blueprint.get("/admin/open/<string:opening_id>")
@role(Role.ADMINISTRATOR)
def read(opening_id: str) -> str:
    """What was opened, and nothing beside it."""
    opening, found = actions.read_opened(
        reader(), actor=actor(), opening_id=opening_id, session_id=_session_id(), now=now()
    )
    return render_template(
        "opening/opened.html",
        opening=opening,
        found=found,
        kind=_KINDS[found.kind],
        until=moment(opening.ends_at, zone=actor().zone or "UTC"),
    )


@blueprint.get("/opened/<string:opening_id>")
@signed_in
def told(opening_id: str) -> str:
    """Who opened what and why, for its writer and the directors, who were told."""
    opening, name = actions.why_opened(reader(), actor(), opening_id)
    kind = Opened(opening.kind)
    return render_template(
        "opening/told.html",
        opening=opening,
        name=name,
        kind=_KINDS[kind],
        url=_address(kind, opening.object_id),
        at=moment(opening.at, zone=zone_of(reader(), actor())),
    )


def _address(kind: Opened, public_id: str) -> str | None:
    match kind:
        case Opened.REFLECTION:
            return url_for("reflections.reflection", reflection_id=public_id)
        case Opened.COMMENT:
            return url_for("discussions.comment", comment_id=public_id)
        case Opened.STANCE:
            return None


def _session_id() -> int:
    person = auth.signed_in_person()
    return person.session_id if person else 0
