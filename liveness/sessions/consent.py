"""Consent to the use of the face, as versioned text, and the ways without the face that stand beside it."""

import hashlib
import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from importlib import resources
from typing import Any, Self

from liveness.errors import ConsentMissing


class NonFaceRoute(StrEnum):
    """A way to prove who one is without the face."""

    COUNTER = "counter"
    VIDEO_CALL = "video_call"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in Chinese and English; the Chinese one counts."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh.strip() or not self.en.strip():
            raise ValueError("a text is given in both languages")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.zh}\x1f{self.en}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RouteOffer:
    """A way without the face as it is offered."""

    route: NonFaceRoute
    title: Bilingual
    text: Bilingual


@dataclass(frozen=True, slots=True)
class ConsentTexts:
    """Every version of the consent text, the one in force last, and the ways without the face."""

    versions: tuple[tuple[str, Bilingual], ...]
    routes: tuple[RouteOffer, ...]

    def __post_init__(self) -> None:
        names = [name for name, _text in self.versions]
        if not names or names != sorted(set(names)):
            raise ValueError("consent texts have rising versions, and there is at least one")
        if {offer.route for offer in self.routes} != set(NonFaceRoute):
            raise ValueError("every way without the face is offered")

    @classmethod
    def load(cls) -> Self:
        """Read liveness/sessions/consent_text.toml."""
        return cls.parse(
            resources.files("liveness.sessions").joinpath("consent_text.toml").read_text(encoding="utf-8")
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read texts in TOML. Raises ValueError, KeyError."""
        data: dict[str, Any] = tomllib.loads(text)
        return cls(
            versions=tuple((entry["version"], _bilingual(entry)) for entry in data["version"]),
            routes=tuple(
                RouteOffer(NonFaceRoute(entry["id"]), _bilingual(entry["title"]), _bilingual(entry["text"]))
                for entry in data["route"]
            ),
        )

    @property
    def current_version(self) -> str:
        return self.versions[-1][0]

    @property
    def current(self) -> Bilingual:
        return self.versions[-1][1]


def _bilingual(entry: dict[str, str]) -> Bilingual:
    return Bilingual(zh=entry["zh"].strip(), en=entry["en"].strip())


@dataclass(frozen=True, slots=True)
class Consent:
    """One account's consent to one version of the text; text_sha256 says to which words exactly."""

    id: str
    account_id: str
    version: str
    text_sha256: str
    given_at: datetime
    revoked_at: datetime | None = None

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None

    def require_in_force(self, *, account_id: str, version: str) -> None:
        """Raise ConsentMissing unless this account gave it, to this version, and has not taken it back."""
        if self.account_id != account_id or not self.is_in_force or self.version != version:
            raise ConsentMissing

    def revoked(self, now: datetime) -> Self:
        """The consent taken back; the first time counts."""
        return replace(self, revoked_at=self.revoked_at or now)


@dataclass(frozen=True, slots=True)
class RouteChoice:
    """A person's choice of a way without the face."""

    id: str
    account_id: str
    route: NonFaceRoute
    case_id: str | None
    chosen_at: datetime
