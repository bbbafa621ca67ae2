"""Messages for people, in Chinese and English, keyed by stable codes.

Each package that speaks to people has a `messages.toml`: `["code"]` tables with `zh` and `en`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, Self

PACKAGES = ("api", "liveness", "filing", "signing", "models")


class Language(StrEnum):
    """A language the service speaks; Chinese where a request does not say."""

    CHINESE = "zh"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Message:
    """One message in every language."""

    zh: str
    en: str

    def text(self, language: Language) -> str:
        return self.zh if language is Language.CHINESE else self.en


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All messages by code."""

    messages: Mapping[str, Message]

    @classmethod
    def load(cls) -> Self:
        """Read and merge the catalogues of the packages. Raises ValueError where two claim a code."""
        merged: dict[str, Message] = {}
        for package in PACKAGES:
            file = resources.files(package).joinpath("messages.toml")
            if not file.is_file():
                continue
            found = _flatten(tomllib.loads(file.read_text(encoding="utf-8")))
            twice = merged.keys() & found.keys()
            if twice:
                raise ValueError(f"{package}/messages.toml repeats {', '.join(sorted(twice))}")
            merged |= found
        return cls(merged)

    def text(self, code: str, language: Language) -> str:
        """Give the message for a code; the code itself where the catalogue lacks it."""
        message = self.messages.get(code)
        return message.text(language) if message else code

    def __contains__(self, code: str) -> bool:
        return code in self.messages


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Message]:
    found: dict[str, Message] = {}
    for key, value in table.items():
        if not isinstance(value, dict):
            continue
        code = f"{prefix}{key}"
        if isinstance(value.get("zh"), str) and isinstance(value.get("en"), str):
            found[code] = Message(zh=value["zh"], en=value["en"])
        found |= _flatten(value, f"{code}.")
    return found


def preferred_language(accept_language: str | None) -> Language:
    """Choose a language by an Accept-Language header (RFC 9110, 12.5.4)."""
    best, best_weight = Language.CHINESE, 0.0
    for part in (accept_language or "").split(","):
        match = re.fullmatch(r"\s*([A-Za-z]+)[\w-]*\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*", part)
        if match is None or match[1].lower() not in tuple(Language):
            continue
        weight = float(match[2] or 1)
        if weight > best_weight:
            best, best_weight = Language(match[1].lower()), weight
    return best
