"""Reading the catalogue: every file checked against its schema and against the others, once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from filing.canonical import sha256_hex
from filing.catalogue.questions import EligibilityFile, FormFile
from filing.catalogue.references import dangling_references
from filing.catalogue.schema import CertificateFile, MaterialsFile, MatterFile
from filing.errors import MatterFileInvalid, MatterNotFound, MatterVersionMissing
from filing.matters import CatalogueEntry, CatalogueProfile, Matter
from filing.texts import Messages, Text, load_messages

OWN_FOLDER = Path(__file__).parent
EARLIER = "earlier"
"""Subfolder of a matter with one folder per earlier version, kept while a case is pinned to it."""

_FileT = TypeVar("_FileT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All matters, the newest version of each and the earlier ones, and what their codes say."""

    profile: CatalogueProfile
    matters: tuple[Matter, ...]
    messages: Messages
    earlier: Mapping[tuple[str, str], Matter] = field(default_factory=lambda: MappingProxyType({}))

    def matter(self, matter_id: str) -> Matter:
        """Find the newest version of a matter. Raises MatterNotFound."""
        for matter in self.matters:
            if matter.id == matter_id:
                return matter
        raise MatterNotFound

    def pinned(self, matter_id: str, version: str) -> Matter:
        """Find exactly this version. Raises MatterNotFound, MatterVersionMissing."""
        newest = self.matter(matter_id)
        if newest.version == version:
            return newest
        try:
            return self.earlier[matter_id, version]
        except KeyError:
            raise MatterVersionMissing from None


def load_catalogue(
    folder: Path = OWN_FOLDER, *, profile: CatalogueProfile = CatalogueProfile.PILOT_2018
) -> Catalogue:
    """Read every matter of a folder. Raises MatterFileInvalid, which names the file and the field."""
    messages = load_messages()
    newest: list[Matter] = []
    earlier: dict[tuple[str, str], Matter] = {}
    for place in sorted(p.parent for p in folder.glob("*/matter.toml")):
        matter = read_matter(place, matter_id=place.name)
        newest.append(matter)
        messages = _joined(messages, matter, place)
        for old_place in sorted(p.parent for p in place.glob(f"{EARLIER}/*/matter.toml")):
            old = read_matter(old_place, matter_id=place.name)
            if old.version == matter.version or (old.id, old.version) in earlier:
                raise MatterFileInvalid(old_place / "matter.toml", "version", "two folders have this version")
            earlier[old.id, old.version] = old
            messages = _joined(messages, old, old_place)
    if not newest:
        raise MatterFileInvalid(folder, "", "no matter here; each has a folder with a matter.toml")
    return Catalogue(profile, tuple(newest), messages, MappingProxyType(earlier))


def read_matter(place: Path, *, matter_id: str) -> Matter:
    """Read the five files of one version of a matter. Raises MatterFileInvalid."""
    head = _read(place / "matter.toml", MatterFile)
    form = _read(place / "form.toml", FormFile)
    eligibility = _read(place / "eligibility.toml", EligibilityFile)
    materials = _read(place / "materials.toml", MaterialsFile)
    certificate = _read(place / "certificate.toml", CertificateFile)
    texts: dict[str, Text] = {}
    for name, rules in (("form.toml", form.rules), ("eligibility.toml", eligibility.rules)):
        for index, rule in enumerate(rules):
            for code, text in rule.texts().items():
                if texts.setdefault(code, text) != text:
                    raise MatterFileInvalid(place / name, f"rules.{index}.code", f"{code} has two texts")
    matter = Matter(
        id=matter_id,
        version=head.version,
        entry=_built(place, head),
        legal_basis=tuple(basis.basis() for basis in head.legal_basis),
        where_to_go=head.where_to_go.value(),
        assurance=head.assurance,
        form=form.value(),
        materials=tuple(material.value() for material in materials.materials),
        questions=eligibility.questions,
        eligibility=tuple(rule.value() for rule in eligibility.rules),
        certificate=certificate.value(),
        parties=head.parties.value() if head.parties else None,
        texts=MappingProxyType(texts),
        digest=sha256_hex(b"\0".join((place / name).read_bytes() for name in FILES)),
    )
    for name, where, problem in dangling_references(matter):
        raise MatterFileInvalid(place / name, where, problem)
    return matter


FILES = ("matter.toml", "form.toml", "eligibility.toml", "materials.toml", "certificate.toml")


def _built(place: Path, head: MatterFile) -> CatalogueEntry:
    try:
        return head.entry.value()
    except ValueError as error:
        raise MatterFileInvalid(place / "matter.toml", "entry", str(error)) from None


def _read(path: Path, kind: type[_FileT]) -> _FileT:
    try:
        return kind.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise MatterFileInvalid(path, "", "this file is missing") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MatterFileInvalid(path, "", f"not readable as TOML: {error}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise MatterFileInvalid(path, where, fault["msg"].removeprefix("Value error, ")) from None


def _joined(messages: Messages, matter: Matter, place: Path) -> Messages:
    try:
        return messages.joined_with(matter.texts)
    except ValueError as error:
        raise MatterFileInvalid(place, "rules", str(error)) from None
