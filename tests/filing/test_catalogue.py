import shutil
from datetime import date
from decimal import Decimal

import pytest

from filing.catalogue import load_catalogue
from filing.catalogue.reading import OWN_FOLDER
from filing.errors import MatterClosed, MatterFileInvalid, MatterNotFound, MatterVersionMissing
from filing.forms import FieldKind
from filing.matters import CatalogueProfile
from filing.rules import Limit
from tests.filing.builders import CATALOGUE, CATERING, CHANGE, COMPLETE_CATERING, CREDIT_CODE

TODAY = date(2026, 3, 2)


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(OWN_FOLDER / CATERING, tmp_path / CATERING)
    return tmp_path


def edit(path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def catering(**changes):
    matter = CATALOGUE.matter(CATERING)
    answers = {k: v for k, v in {**COMPLETE_CATERING, **changes}.items() if v is not None}
    reading = matter.form.check(answers, today=TODAY)
    return reading, matter.ineligible_because(reading.values)


def found(**changes) -> set[tuple[str, str]]:
    return {(finding.code, finding.field) for finding in catering(**changes)[0].findings}


def test_the_five_matters_are_there() -> None:
    assert [matter.id for matter in CATALOGUE.matters] == [
        "black-spotted-frog",
        "catering-under-150",
        "enterprise-change",
        "prepackaged-food",
        "special-working-hours",
    ]


@pytest.mark.parametrize("area", ["0.01", "149", "149.99", 149.99, 149, Decimal("149.99")])
def test_below_150_m2_is_in(area) -> None:
    reading, reasons = catering(area_m2=area)
    assert (reading.findings, reasons) == ((), ())


@pytest.mark.parametrize("area", ["150.00", "150", 150, 150.0, "150.01", "1000"])
def test_150_m2_and_more_is_out_and_says_why_and_where_to_go(area) -> None:
    _, (reason,) = catering(area_m2=area)
    assert (reason.code, reason.field) == ("catering.area_too_large", "area_m2")
    assert CATALOGUE.messages.of(reason, "zh") == "经营面积须小于150平方米（不含150平方米）。"
    assert "licence" in CATALOGUE.messages.text(f"{reason.code}.where_to_go", "en")


@pytest.mark.parametrize("area", ["149.999", "NaN", "Infinity", "1e400", "一百", "", None, True, [], {}])
def test_an_area_that_cannot_be_read_never_passes(area) -> None:
    reading, reasons = catering(area_m2=area)
    assert {finding.field for finding in reading.findings} == {"area_m2"}
    assert [reason.field for reason in reasons] == ["area_m2"]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"entity_type": "sale", "catering_class": None}, ("catering.retail_form_required", "retail_form")),
        ({"catering_class": None}, ("catering.class_required", "catering_class")),
        ({"entity_type": "canteen"}, ("catering.canteen_serves_required", "canteen_serves")),
        ({"uscc": None}, ("catering.uscc_required", "uscc")),
        ({"operator_kind": "person"}, ("catering.id_no_required", "id_no")),
        ({"online": True}, ("catering.own_shop_required", "own_shop")),
        ({"health_check_staff": 5}, ("catering.health_check_above_staff", "health_check_staff")),
        ({"valid_years": 6}, ("form.above_maximum", "valid_years")),
        ({"operator_name": "名" * 41}, ("form.too_long", "operator_name")),
        ({"uscc": CREDIT_CODE[:-1] + "M"}, ("identifier.check_digit", "uscc")),
        ({"items": []}, ("form.required", "items")),
        ({"items": [{"item": "stones"}]}, ("form.not_a_choice", "items.1.item")),
        ({"items": [{"item": "hot", "else": 1}]}, ("form.not_rows", "items.1")),
        ({"seats": 2.5}, ("form.not_integer", "seats")),
        ({"central_kitchen": "no"}, ("form.not_boolean", "central_kitchen")),
    ],
)
def test_the_form_of_catering_follows_its_conditions(changes, finding) -> None:
    assert finding in found(**changes)


def test_a_food_seller_is_neither_central_kitchen_nor_delivers_group_meals() -> None:
    sale = {"entity_type": "sale", "retail_form": "grocery"}
    assert found(**sale) == set()
    assert found(**sale, central_kitchen=True, group_meals=True) == {
        ("catering.sale_has_no_central_kitchen", "central_kitchen"),
        ("catering.sale_has_no_group_meals", "group_meals"),
    }


def test_every_code_the_catalogue_can_find_has_a_text_in_both_languages() -> None:
    for matter in CATALOGUE.matters:
        for rule in (*matter.form.rules, *matter.eligibility):
            text = CATALOGUE.messages.texts[rule.code]
            if isinstance(rule, Limit):
                text.zh.format_map({"bound": "1"})
            assert text.zh
            assert text.en


@pytest.mark.parametrize("matter", CATALOGUE.matters, ids=lambda matter: matter.id)
def test_no_matter_is_eligible_without_answers(matter) -> None:
    reasons = matter.ineligible_because({})
    assert {reason.code for reason in reasons} >= {"rule.undecided"}
    assert [reason.field for reason in reasons[: len(matter.questions)]] == list(matter.questions)


@pytest.mark.parametrize(
    ("matter_id", "answers", "code"),
    [
        (
            "prepackaged-food",
            {"chilled_or_frozen": True, "has_licence": False},
            "prepackaged.cold_chain_needs_licence",
        ),
        (
            "prepackaged-food",
            {"chilled_or_frozen": False, "has_licence": True},
            "prepackaged.licence_holder_needs_none",
        ),
        (
            "black-spotted-frog",
            {"species": "pelophylax_nigromaculatus", "origin": "wild"},
            "frog.wild_origin",
        ),
        (
            "special-working-hours",
            {"has_flexible": False, "has_aggregate": False, "union_opinion": "agrees"},
            "hours.nothing_asked",
        ),
        ("enterprise-change", {"is_listed": True}, "enterprise.listed_company"),
    ],
)
def test_the_ineligible_are_stopped_early_with_the_reason(matter_id, answers, code) -> None:
    assert [reason.code for reason in CATALOGUE.matter(matter_id).ineligible_because(answers)] == [code]


def test_the_current_profile_closes_what_lost_its_basis_and_says_where_to_go() -> None:
    current = CatalogueProfile.CURRENT
    for matter_id, last_day in (
        ("prepackaged-food", date(2021, 4, 28)),
        ("black-spotted-frog", date(2020, 5, 27)),
        (CATERING, date(2023, 11, 30)),
    ):
        matter = CATALOGUE.matter(matter_id)
        matter.require_open(current, last_day)
        matter.require_open(CatalogueProfile.PILOT_2018, TODAY)
        with pytest.raises(MatterClosed) as closed:
            matter.require_open(current, TODAY)
        assert closed.value.where_to_go == matter.where_to_go
    CATALOGUE.matter("special-working-hours").require_open(current, TODAY)


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "problem"),
    [
        ("matter.toml", 'version = "2018.1"', 'version = "one"', "version", "pattern"),
        ("matter.toml", "promise_day = 1", "promise_day = 21", "entry", "promise_day"),
        ("matter.toml", "anticipate_day = 20", "", "entry.anticipate_day", "required"),
        ("form.toml", 'kind = "decimal"', 'kind = "decimals"', "fields.7.kind", "Input should be"),
        ("form.toml", 'field = "id_no"', 'field = "id_number"', "rules.1.field", "no field id_number"),
        ("form.toml", 'is = "sale"', 'is = "sales"', "rules.2.when.0", "never answered with 'sales'"),
        ("eligibility.toml", '"area_m2", ', '"area", ', "questions.0", "no field area"),
        ("eligibility.toml", 'bound = "150"', 'other = "premises"', "rules.0", "only figures"),
        ("materials.toml", 'need = "if"', 'need = "always"', "materials.4", "conditions"),
        ("materials.toml", 'name = "layout"', 'name = "application"', "materials", "same name"),
        ("certificate.toml", '"operator_name"', '"operator"', "holder_field", "no field operator"),
        ("certificate.toml", 'sale = "1"', 'sales = "1"', "number.parts.0.choices.0", "never answered"),
        ("certificate.toml", "digits = 6", "digits = 0", "number", "serial part"),
        ("form.toml", "[[fields]]", "[[fields", "", "TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_file_and_field(folder, file, old, new, field, problem) -> None:
    edit(folder / CATERING / file, old, new)
    with pytest.raises(MatterFileInvalid) as refused:
        load_catalogue(folder)
    assert refused.value.file == folder / CATERING / file
    assert refused.value.field.startswith(field) if field else refused.value.field == ""
    assert problem in refused.value.problem


@pytest.mark.parametrize("left_out", ["$parties", "$after", "$capital_yuan"])
def test_a_text_that_hides_an_answer_from_those_who_consent_is_refused(folder, left_out) -> None:
    shutil.copytree(OWN_FOLDER / CHANGE, folder / CHANGE)
    edit(folder / CHANGE / "matter.toml", left_out, "...")
    with pytest.raises(MatterFileInvalid) as refused:
        load_catalogue(folder)
    assert refused.value.field == "parties.consent_text"
    assert f"does not show {left_out}" in refused.value.problem


def test_a_missing_file_and_an_empty_folder_are_refused(folder, tmp_path) -> None:
    (folder / CATERING / "materials.toml").unlink()
    with pytest.raises(MatterFileInvalid, match="missing"):
        load_catalogue(folder)
    shutil.rmtree(folder / CATERING)
    with pytest.raises(MatterFileInvalid, match="no matter"):
        load_catalogue(tmp_path)


def test_an_earlier_version_stays_while_a_case_is_pinned_to_it(folder) -> None:
    earlier = folder / CATERING / "earlier" / "2017.1"
    shutil.copytree(OWN_FOLDER / CATERING, earlier)
    edit(earlier / "matter.toml", '"2018.1"', '"2017.1"')
    edit(earlier / "form.toml", "max_length = 40", "max_length = 30")
    catalogue = load_catalogue(folder)
    assert catalogue.matter(CATERING).version == "2018.1"
    assert catalogue.pinned(CATERING, "2017.1").form.field("operator_name").max_length == 30
    with pytest.raises(MatterVersionMissing):
        catalogue.pinned(CATERING, "2016.1")
    with pytest.raises(MatterNotFound):
        catalogue.matter("no-such-matter")


def test_every_field_kind_is_read() -> None:
    kinds = {
        field.kind
        for matter in CATALOGUE.matters
        for top in matter.form.fields
        for field in (top, *top.columns)
    }
    assert kinds >= set(FieldKind) - {FieldKind.DATE}
