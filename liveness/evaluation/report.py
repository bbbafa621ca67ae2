"""An evaluation as one HTML page that fetches nothing and shows nobody, worst case first."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from liveness.evaluation.plots import draw_actions, draw_det, draw_likeness, draw_rates
from liveness.messages import codes, text_of

FINDINGS: Final = {
    "attack_accepted": ("攻击被接受", "attack accepted", "bad"),
    "failed": ("处理进程中断", "the process died", "bad"),
    "person_rejected": ("真人被判为攻击", "person called an attack", "bad"),
    "attack_passed_pad": ("攻击检测放过，动作或顺序拦下", "passed PAD, stopped by the actions", "open"),
    "not_refused": ("应拒而未拒", "should have been refused", "open"),
    "person_refused": ("真人被画质或连续性拒绝", "person refused", "open"),
    "person_undecided": ("真人存疑", "person in doubt", "open"),
    "events_wrong": ("动作事件有误", "events missed or false", "open"),
    "left_out": ("不计入", "left out of the rates", "none"),
    "as_expected": ("符合预期", "as expected", "good"),
}
ANSWERS: Final = {
    "failed": ("中断", "failed"),
    "unreadable": ("不可读", "unreadable"),
    "refused": ("拒绝", "refused"),
    "person_changed": ("人脸变换", "person changed"),
    "attack": ("攻击", "attack"),
    "inconclusive": ("存疑", "inconclusive"),
    "bona_fide": ("真人", "bona fide"),
}
ACTIONS: Final = {name: (text_of(f"action.{name}").zh, name) for name in ("blink", "mouth", "nod")}


def render_html(data: Mapping[str, Any]) -> str:
    """One page in Chinese and English from the data of an evaluation, with its gate where there was one."""
    comparison = data["comparison"]
    plots = {
        "rates": draw_rates(data),
        "actions": draw_actions(data),
        "det": draw_det(comparison) if comparison else "",
        "likeness": draw_likeness(comparison) if comparison else "",
    }
    return _template().render(
        data=data,
        plots={name: Markup(svg) for name, svg in plots.items()},  # noqa: S704  drawn here from numbers
        findings=FINDINGS,
        answers=ANSWERS,
        actions=ACTIONS,
        words=words_of,
        percent=percent,
        figure=figure,
    )


def words_of(code: str) -> tuple[str, str]:
    """The texts of a reason in Chinese and English; a code without a text stands for itself."""
    if code not in codes():
        return code, ""
    text = text_of(code)
    return text.zh, text.en


def percent(value: float | None) -> str:
    """A share as a percentage; a dash where nothing was measured."""
    return "—" if value is None else f"{100 * value:.1f}%"


def figure(value: float | None) -> str:
    """A figure in at most four digits; a dash where nothing was measured."""
    return "—" if value is None else f"{value:.4g}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("liveness", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("evaluation.html")
