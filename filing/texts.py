"""Texts in both languages, and the catalogue of messages keyed by stable codes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from filing.findings import Finding

Language = str
"""A language: zh or en; whatever else is asked for is answered in Chinese."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text, Chinese first, English beside it."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh.strip() or not self.en.strip():
            raise ValueError("a text is given in Chinese (zh) and in English (en)")

    def in_language(self, language: Language) -> str:
        return self.en if language == "en" else self.zh


class Messages:
    """What a code says to a person. An unknown code is a defect, so it raises KeyError."""

    def __init__(self, texts: Mapping[str, Text]) -> None:
        self.texts: Mapping[str, Text] = MappingProxyType(dict(texts))

    def text(self, code: str, language: Language, parameters: Mapping[str, str] | None = None) -> str:
        """Give the text of a code with its placeholders filled."""
        return self.texts[code].in_language(language).format_map(dict(parameters or {}))

    def of(self, finding: Finding, language: Language) -> str:
        """Give the text of a finding."""
        return self.text(finding.code, language, finding.parameters)

    def joined_with(self, more: Mapping[str, Text]) -> "Messages":
        """Add texts. Raises ValueError where a code would get a second, different text."""
        for code, text in more.items():
            if self.texts.get(code, text) != text:
                raise ValueError(f"the message {code} has two texts")
        return Messages({**self.texts, **more})


def load_messages() -> Messages:
    """Read the messages of this package (messages.toml)."""
    raw = tomllib.loads(files("filing").joinpath("messages.toml").read_text("utf-8"))
    return Messages({code: Text(zh=text["zh"], en=text["en"]) for code, text in raw.items()})
