"""Forms of signing in, links and the account."""

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, PasswordField, SelectField
from wtforms.validators import EqualTo, InputRequired

from ethics.people.rules import LONGEST_EMAIL, zones
from ethics.web.forms.base import Form, NameField

_NEEDED = InputRequired(lazy_gettext("Please fill this in."))


class SignInForm(Form):
    """Address and password, and where to go then."""

    email = NameField(lazy_gettext("Email"), [_NEEDED], longest=LONGEST_EMAIL)
    password = PasswordField(lazy_gettext("Password"), [_NEEDED])
    own_device = BooleanField(
        lazy_gettext("This is my own device"),
        description=lazy_gettext("Students stay signed in here until they have been away for 14 days."),
    )
    next = HiddenField()
    kept = HiddenField()


class PasswordForm(Form):
    """One's own password, asked again."""

    password = PasswordField(lazy_gettext("Password"), [_NEEDED])
    next = HiddenField()


class ForgotForm(Form):
    """The address that a link is sent to."""

    email = NameField(lazy_gettext("Email"), [_NEEDED], longest=LONGEST_EMAIL)


class NewPasswordForm(Form):
    """A password, typed twice."""

    password = PasswordField(
        lazy_gettext("New password"),
        [_NEEDED],
        description=lazy_gettext(
            "Eight characters or more. Three or four words that have nothing to do with each other are good."
        ),
    )
    again = PasswordField(
        lazy_gettext("The same again"),
        [_NEEDED, EqualTo("password", lazy_gettext("The two are not the same. Please type both again."))],
    )


class ChangePasswordForm(NewPasswordForm):
    """A new password, for whoever knows the old one."""

    old_password = PasswordField(lazy_gettext("Password until now"), [_NEEDED])


class ZoneForm(Form):
    """The zone that somebody lives in."""

    zone = SelectField(
        lazy_gettext("Where you are"),
        choices=lambda: [
            ("", lazy_gettext("As the round says")),
            *((zone, zone.replace("_", " ")) for zone in zones()),
        ],
        description=lazy_gettext("Where a round keeps other hours than you, both are shown."),
    )
