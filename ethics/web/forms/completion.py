"""The form of a file with who has done what."""

from collections.abc import Iterable

from flask_babel import LazyString, lazy_gettext
from wtforms import BooleanField, RadioField

from ethics.insights.completion import Layout
from ethics.web.forms.base import Form, choices


class CompletionForm(Form):
    """For whom the file is, and what stands in it."""

    layout = RadioField(lazy_gettext("For whom is the file?"), default=Layout.LIST.value)
    texts = BooleanField(
        lazy_gettext("With what they wrote"),
        description=lazy_gettext(
            "Positions with reasons, and the newest version of each reflection. Every student whose text is in it "
            "sees that you took it, and when."
        ),
    )
    bom = BooleanField(
        lazy_gettext("For a spreadsheet that shows accents wrongly"),
        description=lazy_gettext("Puts a byte-order mark before the file. Learning platforms do not want one."),
    )

    def offer(self, layouts: Iterable[tuple[str, LazyString]]) -> None:
        """Offer these kinds of files."""
        self.layout.choices = choices(layouts)
