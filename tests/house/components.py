"""The page with every component, in a browser: its answers come from the application without a server in between."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, make_response, render_template
from playwright.sync_api import BrowserContext, Page, Route
from wtforms import BooleanField, Form, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

ADDRESS = "http://127.0.0.1:1"  # nobody listens there; loopback, so that the browser trusts it
PRINCIPLES = ("justice", "beneficence", "veracity", "fidelity", "accountability", "compassion", "solidarity")
Answer = Callable[[Route], None]


class GalleryForm(Form):
    """One field of every kind."""

    email = StringField("Email", [InputRequired()], description="The one your university knows.")
    remember = BooleanField("Stay signed in on this device", description="Not on a shared computer.")
    opens_at = StringField("Opens", [InputRequired("Say when the round opens, as in 2026-11-26 08:00.")])
    option = RadioField(
        "What do you do now?",
        choices=[
            SelectChoice("a", "Ring the consultant again, and write down each call"),
            SelectChoice("b", "Give the bed to Resus and tell the daughter"),
            SelectChoice("other", "Another course"),
            SelectChoice("unsure", "I am unsure"),
        ],
    )
    other_course = TextAreaField("What would you do instead?")
    confidence = RadioField(
        "How sure are you?", choices=[SelectChoice(str(value), str(value)) for value in range(1, 6)]
    )
    principles = SelectMultipleField(
        "What weighs most?",
        choices=[SelectChoice(value, value.capitalize()) for value in PRINCIPLES],
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    reason = TextAreaField("Your reason, in a sentence or two")
    answer = TextAreaField("What did you notice in yourself while you decided?", description="Half sentences are fine.")


def gallery(app: Flask, theme: str = "") -> tuple[str, dict[str, str]]:
    """The page and its headers."""
    form = GalleryForm(
        data={
            "option": "b",
            "confidence": "3",
            "principles": ["justice", "veracity"],
            "reason": "She wrote down my name.",
            "answer": "That I was looking for a rule so that it would not be me.",
        }
    )
    form.validate()
    with app.test_request_context("/gallery", headers={"Cookie": f"ethics-theme={theme}"}):
        answer = app.process_response(make_response(render_template("components/gallery.html", form=form)))
    return answer.get_data(as_text=True), dict(answer.headers)


def open_gallery(context: BrowserContext, app: Flask, *, theme: str = "", posted: Answer | None = None) -> Page:
    """The page in the browser. `posted` answers what it sends; the file of a module comes from `static/`."""
    html, headers = gallery(app, theme)
    client = app.test_client()

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if route.request.method == "POST" and posted:
            posted(route)
        elif path == "/gallery":
            route.fulfill(body=html, headers=headers)
        else:
            found = client.get(path)
            route.fulfill(status=found.status_code, body=found.data, headers=dict(found.headers))

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{ADDRESS}/gallery")
    page.wait_for_load_state("networkidle")
    return page
