"""Codes of bodies, people and places: known good ones, every single slip found, and what the public may see."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanfeng.kernel.base.codes import PROVINCES
from hanfeng.kernel.pure import (
    CodeError,
    check_citizen_id,
    check_region,
    check_uscc,
    make_uscc,
    mask_id,
    mask_name,
    mask_phone,
    organisation_code,
)

USCC = "91350100M000100Y43"  # a worked example seen in explanations of GB 32100-2015
CITIZEN = "11010519491231002X"  # example of GB 11643-1999
NAMES = list(csv.DictReader((Path(__file__).parent / "names.csv").read_text("utf-8").splitlines()))
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


def fault(check: object, code: str) -> CodeError:
    with pytest.raises(CodeError) as caught:
        check(code)  # type: ignore[operator]
    return caught.value


@pytest.mark.parametrize("code", [USCC, "91110000600037341L"])
def test_known_credit_codes_pass(code: str) -> None:
    assert check_uscc(code) == check_uscc(full_width(code)) == check_uscc(f" {code[:9].lower()} {code[9:]} ") == code


@settings(deadline=None)
@given(st.integers(0, 17), st.sampled_from(ALPHABET))
def test_every_wrong_character_of_a_credit_code_is_found(at: int, letter: str) -> None:
    wrong = USCC[:at] + letter + USCC[at + 1 :]
    if wrong == USCC:
        assert check_uscc(wrong) == USCC
    else:
        assert fault(check_uscc, wrong).code in ("check", "character")


@pytest.mark.parametrize("at", range(17))
def test_every_swap_of_neighbours_in_a_credit_code_is_found(at: int) -> None:
    wrong = USCC[:at] + USCC[at + 1] + USCC[at] + USCC[at + 2 :]
    if wrong != USCC:
        assert fault(check_uscc, wrong).code in ("check", "character")


def test_a_fault_tells_where_and_what_was_expected() -> None:
    wrong = fault(check_uscc, USCC[:-1] + "4")
    assert (wrong.code, wrong.params) == ("check", {"position": 18, "wanted": "3", "found": "4"})
    wrong = fault(check_uscc, USCC[:9] + "I" + USCC[10:])
    assert (wrong.code, wrong.params["position"], wrong.params["found"]) == ("character", 10, "I")
    wrong = fault(check_uscc, USCC[:2] + "A" + USCC[3:])
    assert (wrong.code, wrong.params["position"]) == ("character", 3)
    wrong = fault(check_uscc, USCC[:-1])
    assert (wrong.code, wrong.params) == ("length", {"wanted": "18", "found": 17})
    assert "18" in str(wrong)


def test_known_citizen_numbers_pass() -> None:
    woman = check_citizen_id(full_width(CITIZEN).lower())
    assert (woman.number, woman.region, woman.birth, woman.sex) == (CITIZEN, "110105", date(1949, 12, 31), "female")
    assert check_citizen_id("440524188001010014").sex == "male"
    assert check_citizen_id("830000199003070019").region == "830000"  # invented, of the form on a residence permit


@settings(deadline=None)
@given(st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_wrong_digit_of_a_citizen_number_is_found(at: int, digit: str) -> None:
    wrong = CITIZEN[:at] + digit + CITIZEN[at + 1 :]
    if wrong == CITIZEN:
        assert check_citizen_id(wrong).number == CITIZEN
    else:
        assert fault(check_citizen_id, wrong).code in ("check", "region", "date", "character")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("11010519490229002X", "date"),
        ("11010519491331002X", "date"),
        ("99010519491231002X", "region"),
        ("110105194912310021", "check"),
        ("1101051949123100XX", "character"),
        ("110105491231002", "length"),
    ],
)
def test_bad_citizen_numbers_are_refused_by_kind(code: str, kind: str) -> None:
    assert fault(check_citizen_id, code).code == kind


def test_there_are_34_provinces() -> None:
    assert len(PROVINCES) == 34


def test_regions_know_their_level_and_parent() -> None:
    town = check_region(full_width("500154101"))
    chain = [(town.code, town.level)]
    while town.parent:
        town = check_region(town.parent)
        chain.append((town.code, town.level))
    assert chain == [
        ("500154101", "township"),
        ("500154", "county"),
        ("500100", "prefecture"),
        ("500000", "province"),
    ]
    assert check_region("500154000").code == "500154"
    assert check_region("441900003").level == "township"  # a prefecture without counties


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("50015", "length"),
        ("500154101001", "length"),
        ("5001A4", "character"),
        ("100000", "region"),
        ("500001", "shape"),
        ("500000001", "shape"),
    ],
)
def test_bad_regions_are_refused_by_kind(code: str, kind: str) -> None:
    assert fault(check_region, code).code == kind


def test_organisation_code_of_the_standard() -> None:
    assert organisation_code("D2143569") == "D2143569X"  # example of GB 11714-1997
    assert organisation_code("00000000") == "000000000"  # eleven is written 0


@settings(deadline=None)
@given(st.text(ALPHABET, min_size=8, max_size=8), st.sampled_from(["500154", "110000", "440300"]))
def test_made_credit_codes_are_valid_and_carry_their_parts(serial: str, region: str) -> None:
    code = make_uscc(region, serial)
    assert check_uscc(code) == code
    assert (code[:2], code[2:8], code[8:17]) == ("91", region, organisation_code(serial))


def test_no_credit_code_is_made_from_letters_it_may_not_hold() -> None:
    assert fault(lambda serial: make_uscc("500154", serial), "MAIO0001").code == "character"
    assert fault(lambda region: make_uscc(region, "MA000001"), "990154").code == "region"


@pytest.mark.parametrize("row", NAMES, ids=lambda row: str(len(row["name"])))
def test_names_keep_their_first_character(row: dict[str, str]) -> None:
    assert mask_name(row["name"]) == row["masked"]


def test_numbers_keep_their_ends() -> None:
    assert mask_id(CITIZEN.lower()) == "110105**********2X"
    assert mask_phone("138 1234 5678") == mask_phone("+86 138-1234-5678") == "138****5678"
    assert mask_phone("023-52221234") == "023****1234"
    assert mask_phone("12345") == "1****"
    assert mask_id("") == mask_phone("") == mask_name("") == ""


@settings(deadline=None)
@given(st.text("0123456789X", min_size=2, max_size=30))
def test_a_mask_keeps_the_length_and_always_hides_something(code: str) -> None:
    assert len(mask_id(code)) == len(code)
    assert "*" in mask_id(code)
