"""Which passwords of the board are refused, and that they are kept as argon2id alone."""

import pytest

from contacts.record.sign_in.passwords import LONGEST, hashed, is_outdated, is_right, problem_of
from tests.board import cheap_hash

KNOWN = ("olive@example.com", "Olive Owner", "Example Tea")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple", "kaffee-zebra-mond", "Tr0ub4dor&3xyz", "9f2c1e8a7b3d",
        "मेरो लामो पासवर्ड", "x" * 3 + "yK#9mQ!w2Lp",
    ],
)  # fmt: skip
def test_s13_a_few_words_may_be_a_password(password: str) -> None:
    assert problem_of(password, known=KNOWN) is None


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "Password1234!", "P@ssw0rd12345", "qwertyuiop12", "123456789012",
        "aaaaaaaaaaaa", "abcabcabcabc", "Summer2026!!", "ilovetouchline", "letmeinletmein",
    ],
)  # fmt: skip
def test_s13_what_everybody_guesses_first_is_refused(password: str) -> None:
    assert "guessed first" in str(problem_of(password, known=KNOWN))


@pytest.mark.parametrize("password", ["olive2026tea!", "ExampleTea-2026", "owner.olive.1234"])
def test_s13_the_name_and_the_business_are_no_password(password: str) -> None:
    assert problem_of(password) is None or "2026" not in password
    assert "guessed first" in str(problem_of(password, known=KNOWN))


def test_s13_a_password_has_twelve_characters_and_an_end() -> None:
    assert "has 11 characters; take 12" in str(problem_of("kzQ9!mWx2#p"))
    assert "longer than 200" in str(problem_of("kzQ9!mWx2#p " * 20))


@pytest.mark.usefixtures("real_hashes")
def test_s13_a_password_is_kept_as_argon2id_and_matches_itself_alone() -> None:
    made = hashed("seven wet umbrellas")
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not is_outdated(made)
    assert is_right("seven wet umbrellas", made)
    assert not is_right("Seven wet umbrellas", made)


def test_s13_without_a_hash_or_with_a_broken_one_nothing_is_right() -> None:
    assert not is_right("seven wet umbrellas", None)
    assert not is_right("seven wet umbrellas", "$argon2id$broken")
    assert not is_right("k" * (LONGEST + 1), cheap_hash("k" * LONGEST))
    assert is_outdated(cheap_hash())
