"""Limits on the figures of an evaluation, read from a TOML file: they decide whether a change may go in."""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from liveness.evaluation.errors import GateInvalid

_COUNT = r"[a-z_]+"
PRESENTATIONS: Final = "presentations"
KNOWN_FIGURES: Final = (
    r"actions\.(blink|mouth|nod)\.(events|precision|recall|f1|hits|misses|false|(recall|precision)_interval)",
    r"corrected\.actions\.(blink|mouth|nod)\.(events|precision|recall|f1|hits|misses|false)",
    r"species\.[^.]+\.(presentations|actions_fired|accepted|apcer|interval|refused|failed|person_changed"
    r"|apnrr|apnrr_interval)",
    r"species\.[^.]+\.clips_with\.(blink|mouth|nod)",
    r"species\.[^.]+\.(pad_only|pad_regardless_of_quality)"
    r"\.(presentations|accepted|rejected|undecided|apcer|interval)",
    r"bona_fide\.(presentations|rejected|refused|bpcer|bpnrr|interval|bpnrr_interval|admitted|undecided"
    r"|failed|expected_refusals|unexpected_refusals)",
    r"cost\.(cpu_s_per_video_s|peak_mb)",
    r"findings\." + _COUNT,
    r"comparison\.(genuine|impostor|unusable)",
    r"comparison\.at\.0\.\d\d\.(fmr|fnmr|fmr_interval|fnmr_interval|false_matches|false_non_matches)",
    r"comparison\.equal_error\.(fmr|fnmr|threshold)",
)
"""Figures that a limit can be set on. Of an interval `min` holds for its lower end, `max` for its upper."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on one figure, by its path in the data; bound is `min` or `max`."""

    path: tuple[str, ...]
    bound: str
    value: float

    @property
    def figure(self) -> str:
        """The path as the gate file spells it."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Checked:
    """A limit and what was measured; NaN where nothing was, which keeps no limit."""

    limit: Limit
    measured: float

    @property
    def kept(self) -> bool:
        """Whether the figure is within its limit."""
        if self.limit.bound == "min":
            return self.measured >= self.limit.value
        return self.measured <= self.limit.value

    @property
    def why(self) -> str:
        """Why a limit is not kept though no figure breaks it, in one sentence; else nothing."""
        if not math.isnan(self.measured):
            return ""
        return f"Nothing was presented that {self.limit.figure} could be measured on; nothing keeps no limit."


def read_gate(path: Path) -> tuple[Limit, ...]:
    """Read a gate file. Raises GateInvalid where it is unreadable, empty, or names what is never measured."""
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise GateInvalid(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GateInvalid(f"{path} is no TOML: {error}") from error
    limits = tuple(_limits(table, ()))
    if not limits:
        raise GateInvalid(f"{path} sets no limit; a gate without one would let everything through.")
    for limit in limits:
        if not any(re.fullmatch(known, limit.figure) for known in KNOWN_FIGURES):
            raise GateInvalid(f"{path}: no figure is called {limit.figure}; see docs/guide/evaluation.md.")
    return limits


def check_gate(limits: tuple[Limit, ...], data: Mapping[str, Any]) -> tuple[Checked, ...]:
    """Compare every limit with the data of an evaluation; broken ones first.

    A process that died on a clip breaks the gate by itself, unless a limit on `findings.failed` allows it.
    """
    if all(limit.path != ("findings", "failed") for limit in limits):
        limits = (*limits, Limit(("findings", "failed"), "max", 0.0))
    checked = [Checked(limit, _measured(limit, data)) for limit in limits]
    return tuple(sorted(checked, key=lambda one: one.kept))


def gate_data(checked: tuple[Checked, ...]) -> dict[str, Any]:
    """The outcome of a gate, as JSON can hold it."""
    return {
        "passed": all(one.kept for one in checked),
        "limits": [
            {
                "figure": one.limit.figure,
                one.limit.bound: one.limit.value,
                "measured": None if math.isnan(one.measured) else one.measured,
                "kept": one.kept,
                "why": one.why,
            }
            for one in checked
        ],
    }


def _limits(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Limit]:
    for name, value in table.items():
        if not isinstance(value, dict):
            where = ".".join((*path, name))
            raise GateInvalid(f"{where} must be a table such as {{min = 0.95}}.")
        here = (*path, name)
        if value and value.keys() <= {"min", "max"} and not any(isinstance(v, dict) for v in value.values()):
            for bound, number in value.items():
                if isinstance(number, bool) or not isinstance(number, int | float) or math.isnan(number):
                    raise GateInvalid(f"{'.'.join(here)}.{bound} must be a number.")
                yield Limit(here, bound, float(number))
        else:
            yield from _limits(value, here)


def _measured(limit: Limit, data: Mapping[str, Any]) -> float:
    found: Any = data
    for name in limit.path:
        if not isinstance(found, Mapping) or found.get(name) is None:
            # A finding that no clip gave is a count of none; everything else was not measured.
            return 0.0 if limit.path[0] == "findings" else math.nan
        if found.get(PRESENTATIONS) == 0 and name != PRESENTATIONS:
            return math.nan  # none of none was accepted: that proves nothing
        found = found[name]
    if isinstance(found, list):
        found = found[0] if limit.bound == "min" else found[-1]
    return float(found)
