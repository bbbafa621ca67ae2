"""What the guide shows is what the catalogue reads."""

import re
import tomllib
from pathlib import Path

from filing.catalogue.questions import RuleData
from filing.catalogue.schema import NumberData
from filing.errors import MatterFileInvalid
from filing.numbers import PartKind
from tests.filing.builders import CATALOGUE, CATERING

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "matters.md").read_text("utf-8")
RULES, NUMBER = (tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL))


def test_the_rules_of_the_guide_are_rules_of_the_catalogue() -> None:
    matter = CATALOGUE.matter(CATERING)
    shown = [RuleData.model_validate(rule).value() for rule in RULES["rules"]]
    assert len(shown) == 3
    assert all(rule in (*matter.form.rules, *matter.eligibility) for rule in shown)


def test_the_number_scheme_of_the_guide_is_that_of_catering() -> None:
    shown = NumberData.model_validate(NUMBER["number"]).value()
    assert shown == CATALOGUE.matter(CATERING).certificate.number


def test_the_guide_names_every_part_and_the_form_of_a_mistake() -> None:
    assert all(f"{kind.value}" in GUIDE for kind in PartKind)
    place = Path("filing/catalogue/catering-under-150/form.toml")
    mistake = MatterFileInvalid(place, "rules.1.field", "the form has no field id_number")
    assert str(mistake) in GUIDE
