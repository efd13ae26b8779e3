"""Every page of the gallery, as its person meets it: nothing to find for axe, nothing that scrolls sideways."""

import pytest

from tests import axe
from tests.browser import overflow
from tests.gallery import HEIGHT, SHOTS, THEMES, WIDTHS, come_to

pytestmark = pytest.mark.browser

LOOKS = [(theme, width) for theme in THEMES for width in WIDTHS.values()]
USUAL = [("light", WIDTHS["phone"]), ("dark", WIDTHS["desk"])]


@pytest.mark.parametrize(
    ("theme", "width"),
    [pytest.param(*look, marks=[] if look in USUAL else [pytest.mark.slow]) for look in LOOKS],
)
@pytest.mark.parametrize("email", dict.fromkeys(shot.email for shot in SHOTS))
def test_pages_of(open_browser, email, theme, width):
    page = open_browser(email, color_scheme=theme)
    found = {}
    for shot in (shot for shot in SHOTS if shot.email == email):
        come_to(page, shot)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found[shot.name] = (overflow(page), axe.violations(page))

    assert {name: wrong for name, wrong in found.items() if wrong != (0, [])} == {}
