import inspect
import re
from pathlib import Path

import filing
from filing import errors
from filing.docket import DocketKind
from filing.texts import load_messages

TEXTS = load_messages().texts
SOURCES = [path.read_text("utf-8") for path in Path(filing.__file__).parent.rglob("*.py")]


def test_every_error_has_a_text_in_both_languages() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if hasattr(kind, "code")]
    codes = {kind.code for kind in kinds if issubclass(kind, errors.FilingError)}
    assert len(codes) > 40
    assert codes | errors.IdentifierInvalid.codes <= set(TEXTS)


def test_every_code_the_package_names_has_a_text() -> None:
    named = {
        code
        for source in SOURCES
        for code in re.findall(
            r'"((?:form|rule|material|party|notice|identifier|invitation)\.[a-z_]+)"', source
        )
    }
    assert len(named) > 30
    assert {code for code in named if not code.endswith(".toml")} - set(DocketKind) <= set(TEXTS)


def test_no_text_is_left_over() -> None:
    whole = "\n".join(SOURCES)
    assert [code for code in TEXTS if f'"{code}"' not in whole] == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    for code, text in TEXTS.items():
        zh, en = (set(re.findall(r"{(\w+?)(?:_en)?}", words)) for words in (text.zh, text.en))
        assert zh == en, code


def test_error_tree_on_top_of_the_module_is_the_tree() -> None:
    drawn = set(re.findall(r"([A-Z]\w+)", (errors.__doc__ or "").split("\n\n")[1]))
    real = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.FilingError)
    }
    assert drawn == real
