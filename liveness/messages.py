"""The texts of liveness, by code, in Chinese and English."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class LivenessText:
    """One message and what to do about it; the remedies are empty where there is nothing to do."""

    zh: str
    en: str
    remedy_zh: str = ""
    remedy_en: str = ""


def text_of(code: str) -> LivenessText:
    """The text of a code. Raises KeyError for a code that has none."""
    return _texts()[code]


def codes() -> frozenset[str]:
    """Every code that has a text."""
    return frozenset(_texts())


@cache
def _texts() -> dict[str, LivenessText]:
    raw: dict[str, Any] = tomllib.loads(
        resources.files("liveness").joinpath("messages.toml").read_text(encoding="utf-8")
    )
    found = {}
    for code, entry in raw.items():
        remedy = entry.get("remedy", {})
        found[code] = LivenessText(entry["zh"], entry["en"], remedy.get("zh", ""), remedy.get("en", ""))
    return found
