"""What a password may be, what it costs, and that it costs the same for everybody."""

import pytest
from argon2 import Type, extract_parameters

from ethics.errors import Invalid
from ethics.people import passwords
from ethics.people.passwords import Checked, check, make_hash
from tests.cast import CHEAP_HASHER


def refusal(password: str, **more: tuple[str, ...]) -> tuple[str, str | None]:
    with pytest.raises(Invalid) as caught:
        make_hash(password, **more)
    return caught.value.code, caught.value.field


def test_hashes_are_argon2id_at_the_cost_we_promise():
    parameters = extract_parameters(make_hash("four plain dull words"))

    assert (parameters.type, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        Type.ID,
        19 * 1024,
        2,
        1,
    )


def test_the_right_password_is_right_and_no_other(cheap_passwords):
    stored = make_hash("four plain dull words")

    assert check(stored, "four plain dull words") == Checked(right=True)
    assert check(stored, "four plain dull word") == Checked(right=False)
    assert check(stored, "Four plain dull words") == Checked(right=False)
    assert check(stored, "") == Checked(right=False)


def test_a_password_is_the_same_however_a_keyboard_composes_it(cheap_passwords):
    assert check(make_hash("cafe\u0301 noir et froid"), "café noir et froid") == Checked(right=True)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("seven77", "password-short"),
        ("x" * 129, "password-long"),
        ("Password1", "password-common"),
        ("qwertyuiop", "password-common"),
        ("Student123", "password-common"),
        ("nul\0in the middle", "unstorable"),
        ("half \ud800 of a pair", "unstorable"),
    ],
)
def test_refused(password, code):
    assert refusal(password) == (code, "password")


@pytest.mark.parametrize("password", ["Ana Okafor", "anaokafor", "ANA@DEMO.EXAMPLE", "ana.okafor"])
def test_ones_own_name_and_address_are_refused(password):
    assert refusal(password, not_like=("Ana Okafor", "ana@demo.example", "ana.okafor@demo.example")) == (
        "password-own",
        "password",
    )


@pytest.mark.parametrize("password", ["ethics-demo", "x" * 7 + "é", "🙂" * 128, "pass word"])
def test_accepted(password, cheap_passwords):
    assert check(make_hash(password), password) == Checked(right=True)


@pytest.mark.parametrize("typed", ["x" * 100_000, "half \ud800 of a pair", "nul\0", "🙂"])
def test_no_input_upsets_the_check(typed, cheap_passwords):
    assert check(make_hash("four plain dull words"), typed) == Checked(right=False)
    assert check(None, typed) == Checked(right=False)
    assert check("not a hash", typed) == Checked(right=False)


def test_a_long_password_is_not_cut(cheap_passwords):
    assert check(make_hash("x" * 128), "x" * 129) == Checked(right=False)


def test_a_hash_of_yesterdays_cost_is_made_anew():
    checked = check(CHEAP_HASHER.hash("four plain dull words"), "four plain dull words")

    assert checked.right
    assert extract_parameters(checked.new_hash).memory_cost == 19 * 1024
    assert check(checked.new_hash, "four plain dull words") == Checked(right=True)


def test_an_unknown_account_costs_what_a_known_one_does():
    passwords._nobodys.cache_clear()

    assert extract_parameters(passwords._nobodys()) == extract_parameters(make_hash("four plain dull words"))


def test_what_nobody_chose_never_opens_an_account(cheap_passwords):
    passwords._nobodys.cache_clear()

    assert check(None, "the password of nobody") == Checked(right=False)
    passwords._nobodys.cache_clear()
