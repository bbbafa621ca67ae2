"""The plots of an evaluation as SVG: text stays text, nothing is fetched, nobody is shown."""

import io
import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

INK: Final = "#0f172a"
SOFT: Final = "#64748b"
LINE: Final = "#e2e8f0"
GOOD: Final = "#15803d"
BAD: Final = "#b91c1c"
BLUE: Final = "#2563eb"
ORANGE: Final = "#c2410c"
VIOLET: Final = "#7c3aed"
WIDTH_IN: Final = 9.6
DET_TICKS: Final = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4)
LEAST_RATE: Final = 0.0005
LEAST_GROUPS: Final = 3


def draw_rates(data: Mapping[str, Any]) -> str:
    """Every error rate with its exact interval, the worst upper end on top; empty where there is none."""
    rows = _rate_rows(data)
    if not rows:
        return ""
    rows.sort(key=lambda row: row[2][1])
    figure, axes = _figure(0.55 * len(rows) + 0.8)
    for at, (_, value, (low, high), colour) in enumerate(rows):
        axes.plot([100 * low, 100 * high], [at, at], color=colour, linewidth=5, alpha=0.25)
        axes.plot([100 * value], [at], marker="o", color=colour, markersize=7)
        axes.text(100 * high + 1.5, at, f"<= {100 * high:.1f} %", va="center", color=SOFT, fontsize=9)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.set_xlim(-1, 114)
    axes.set_xticks(range(0, 101, 20))
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel("% with exact 95 % interval")
    return _svg(figure)


def _rate_rows(data: Mapping[str, Any]) -> list[tuple[str, float, Sequence[float], str]]:
    """What a line of the plot says, its rate, its interval and its colour."""
    rows = []
    for kind, one in data["species"].items():
        if not one["presentations"]:
            continue
        told = f"{kind}: accepted by the whole policy\n{one['accepted']} of {one['presentations']}"
        rows.append((told, one["apcer"], one["interval"], BAD))
        alone = one["pad_only"]
        if alone["presentations"]:
            told = f"{kind}: passed by PAD alone\n{alone['accepted']} of {alone['presentations']} answered"
            rows.append((told, alone["apcer"], alone["interval"], ORANGE))
    people = data["bona_fide"]
    if people["admitted"]:
        told = f"people called an attack (BPCER)\n{people['rejected']} of {people['admitted']} admitted"
        rows.append((told, people["bpcer"], people["interval"], BLUE))
    if people["presentations"]:
        told = f"people refused (BPNRR)\n{people['refused']} of {people['presentations']}"
        rows.append((told, people["bpnrr"], people["bpnrr_interval"], VIOLET))
    return rows


def draw_actions(data: Mapping[str, Any]) -> str:
    """Precision, recall and F1 of each action; empty where no event was labelled or found."""
    actions = {name: score for name, score in data["actions"].items() if score["f1"] is not None}
    if not actions:
        return ""
    figure, axes = _figure(2.6)
    for shift, (key, colour) in enumerate((("precision", BLUE), ("recall", VIOLET), ("f1", GOOD))):
        places = [at + (shift - 1) * 0.26 for at in range(len(actions))]
        values = [score[key] or 0.0 for score in actions.values()]
        axes.bar(places, values, width=0.22, color=colour, label=key if key != "f1" else "F1")
        for place, value in zip(places, values, strict=True):
            axes.text(place, value + 0.015, f"{value:.2f}", ha="center", fontsize=9)
    names = [f"{name} ({score['events']} labelled)" for name, score in actions.items()]
    axes.set_xticks(range(len(actions)), names)
    axes.set_xlim(-0.6, LEAST_GROUPS - 0.4)
    axes.set_ylim(0, 1.12)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return _svg(figure)


def draw_det(comparison: Mapping[str, Any]) -> str:
    """The DET of the comparison on normal deviates, with the thresholds in use; empty without a curve."""
    points = comparison["det"]
    if not points:
        return ""
    figure, axes = _figure(4.2)
    axes.plot([_deviate(fmr) for _, fmr, _ in points], [_deviate(fnmr) for _, _, fnmr in points], color=BLUE)
    named: dict[tuple[float, float], list[str]] = {}
    for name, errors in comparison["at"].items():
        named.setdefault((_deviate(errors["fmr"]), _deviate(errors["fnmr"])), []).append(name)
    for place, names in named.items():
        axes.plot(*[[at] for at in place], marker="o", color=BAD)
        axes.annotate(", ".join(names), place, xytext=(8, 6), textcoords="offset points", color=BAD)
    for set_ticks in (axes.set_xticks, axes.set_yticks):
        set_ticks([_deviate(tick) for tick in DET_TICKS], [f"{100 * tick:g}" for tick in DET_TICKS])
    axes.set_xlim(_deviate(LEAST_RATE) - 0.1, _deviate(0.5))
    axes.set_ylim(_deviate(LEAST_RATE) - 0.1, _deviate(0.5))
    axes.set_xlabel(f"false match rate, % of {comparison['impostor']} impostor pairs")
    axes.set_ylabel(f"false non-match rate, % of {comparison['genuine']} genuine pairs")
    return _svg(figure)


def draw_likeness(comparison: Mapping[str, Any]) -> str:
    """Scores of genuine and impostor pairs, with the thresholds in use; empty where there is none."""
    scores = comparison["scores"]
    if not scores["genuine"] and not scores["impostor"]:
        return ""
    figure, axes = _figure(2.4)
    bins = [at / 20 for at in range(-8, 21)]
    axes.hist(scores["impostor"], bins=bins, color=ORANGE, alpha=0.6, label="other people")
    axes.hist(scores["genuine"], bins=bins, color=BLUE, alpha=0.6, label="same person")
    for row, name in enumerate(comparison["at"]):
        height = axes.get_ylim()[1] * (0.97 - 0.1 * row)
        axes.axvline(float(name), color=BAD, linestyle="--", linewidth=1)
        axes.text(float(name) + 0.008, height, name, color=BAD, fontsize=9, va="top")
    axes.set_xlabel("cosine, higher is more alike")
    axes.set_ylabel("pairs")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return _svg(figure)


def _style() -> AbstractContextManager[None]:
    return mpl.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "novisit",
            "font.family": "sans-serif",
            "font.size": 10,
            "axes.edgecolor": LINE,
            "axes.labelcolor": SOFT,
            "text.color": INK,
            "xtick.color": SOFT,
            "ytick.color": INK,
        }
    )


def _figure(height_in: float) -> tuple[Figure, Axes]:
    with _style():
        figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
        axes = figure.subplots()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)
    axes.grid(visible=True, color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _deviate(rate: float | None) -> float:
    """A rate on the normal deviate scale, kept within what the plot shows."""
    known = 0.5 if rate is None or math.isnan(rate) else rate
    return float(norm.ppf(min(max(known, LEAST_RATE), 0.5)))


def _svg(figure: Figure) -> str:
    """The figure as one SVG element that takes the width of its place."""
    with _style():
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return written.getvalue().partition("<svg")[1] + written.getvalue().partition("<svg")[2]
