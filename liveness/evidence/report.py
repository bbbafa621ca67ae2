"""A verdict for the reviewer: as plain data, and as one HTML file that needs nothing else."""

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from liveness.actions.events import ActionRules
from liveness.analysis import Analysis
from liveness.challenge.reactions import Reaction
from liveness.evidence.panels import COLOURS
from liveness.evidence.plot import draw_timeline
from liveness.messages import text_of
from liveness.verdict import Action, ActionResult, Outcome, Reason
from models.comparison import Comparison

ROLES = {
    "start": ("开始", "start"),
    "end": ("结束", "end"),
    "neutral": ("用于比对", "compared"),
    **{action.value: (text_of(f"action.{action}").zh, text_of(f"action.{action}").en) for action in Action},
}
EVIDENCE_NAMES = {
    "planar_motion": ("立体运动（占真人头部的份额）", "depth in the movement (share of a head's)"),
    "surface_motion": ("皮肤细节的立体运动（份额）", "depth in the movement of skin detail (share)"),
    "life": ("真人迹象（种）", "signs of life (kinds)"),
    "frozen_picture": ("画面静止（毫秒）", "frozen picture (ms)"),
    "cut": ("剪接（突变比）", "cut (ratio of change)"),
    "hidden_cut": ("停顿或闪光后的突变", "change after a pause or flash"),
    "repeated_pictures": ("重复画面（差异份额）", "repeated pictures (share of unlikeness)"),
    "texture": ("皮肤质感（神经网络，中位数）", "texture (network, median)"),
    "moire": ("摩尔纹（峰值比）", "moire (ratio of the peak)"),
    "screen_edges": ("直边框（边数）", "straight edges around the face (sides)"),
    "refresh_bands": ("滚动条纹（灰度级）", "rolling bands (grey levels)"),
    "flat_light": ("脸部明暗范围（灰度级）", "range of light on the face (grey levels)"),
    "reaction_spread": ("反应时间的离散（毫秒）", "spread of the reaction times (ms)"),
    "frame_clock": ("画面间隔的抖动（毫秒）", "jitter of the frame clock (ms)"),
    "sensor_noise": ("传感器噪点（灰度级）", "noise of the sensor (grey levels)"),
    "encoder": ("写文件的软件（1 为一般手机不用）", "encoder (1 where no phone uses it)"),
}
PART_NAMES = {
    "yaw": ("左右朝向", "yaw"),
    "pitch": ("俯仰", "pitch"),
    "roll": ("歪斜", "roll"),
    "eyes_open": ("睁眼", "eyes open"),
    "mouth_closed": ("闭嘴", "mouth closed"),
    "expression_neutrality": ("表情自然", "neutral expression"),
    "sharpness": ("清晰", "sharpness"),
    "illumination_uniformity": ("光线均匀", "even light"),
    "over_exposure_prevention": ("不过曝", "not overexposed"),
    "under_exposure_prevention": ("不过暗", "not underexposed"),
    "dynamic_range": ("明暗层次", "dynamic range"),
    "compression": ("压缩", "compression"),
    "eye_distance": ("眼距", "distance of the eyes"),
    "glare_prevention": ("无反光", "no glare"),
    "lower_face_uncovered": ("下半脸无遮挡", "lower face uncovered"),
}
FINDINGS = {
    "clear": ("正常", "clear"),
    "doubtful": ("存疑", "doubtful"),
    "attack": ("攻击", "attack"),
    "not_measurable": ("无从测量", "not measurable"),
}
WEIGHTS = {
    "gates": ("参与判定", "decides"),
    "supports": ("佐证", "supports"),
    "informs": ("仅供参考", "informs"),
}


def as_data(analysis: Analysis, *, comparison: Comparison | None = None) -> dict[str, Any]:
    """Everything but pictures, as JSON can hold it, with the texts of all codes in both languages."""
    verdict = analysis.verdict
    return {
        "outcome": verdict.outcome.value,
        "pad": verdict.pad.value,
        "profile": verdict.profile.value,
        "assurance": verdict.profile.assurance.value,
        "policy_version": verdict.policy_version,
        "video_sha256": verdict.video_sha256,
        "duration_ms": verdict.duration_ms,
        "frames_analysed": verdict.frames_analysed,
        "best_frame_ms": verdict.best_frame_ms,
        "actions": [_action_data(result) for result in verdict.actions],
        "reasons": [_reason_data(reason) for reason in verdict.reasons],
        "remarks": [_reason_data(reason) for reason in verdict.remarks],
        "events": [asdict(event) for event in analysis.timeline.events],
        "reactions": [_reaction_data(reaction) for reaction in analysis.reactions],
        "portrait": None
        if analysis.portrait is None
        else {
            "time_ms": analysis.portrait.note.time_ms,
            "quality": analysis.portrait.quality.unified,
            "parts": dict(analysis.portrait.quality.parts),
        },
        "likeness": [asdict(item) for item in analysis.timeline.drift],
        "evidence": [asdict(item) for item in analysis.evidence],
        "comparison": None if comparison is None else asdict(comparison),
    }


def draw_report_timeline(analysis: Analysis) -> str:
    """The timeline of a judged clip as SVG."""
    matched = [result.event for result in analysis.verdict.actions if result.event is not None]
    return draw_timeline(analysis.timeline, matched, ActionRules())


def render_html(analysis: Analysis, *, title: str, comparison: Comparison | None = None) -> str:
    """One HTML page in Chinese and English, plot and pictures inside; it fetches nothing."""
    return render_report(
        as_data(analysis, comparison=comparison),
        title=title,
        outcome=analysis.verdict.outcome,
        timeline_svg=draw_report_timeline(analysis),
        frames=[KeyFrame(frame.role, frame.time_ms, frame.jpeg) for frame in analysis.audit_frames],
    )


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """One picture of a report and what it shows."""

    role: str
    time_ms: int
    jpeg: bytes = field(repr=False)


def render_report(
    data: dict[str, Any], *, title: str, outcome: Outcome, timeline_svg: str, frames: Sequence[KeyFrame]
) -> str:
    """The page of a report from its data, as it was judged or as it was stored."""
    return _template().render(
        title=title,
        data=data,
        headline=text_of(f"outcome.{outcome}"),
        tone={Outcome.PASSED: "good", Outcome.FAILED: "bad", Outcome.UNDECIDED: "open"}[outcome],
        plot=Markup(timeline_svg),  # noqa: S704  drawn of numbers and fixed words by draw_timeline
        frames=[
            {
                "uri": "data:image/jpeg;base64," + base64.b64encode(frame.jpeg).decode(),
                "seconds": frame.time_ms / 1000,
                "zh": ROLES[frame.role][0],
                "en": ROLES[frame.role][1],
            }
            for frame in frames
        ],
        colours={action.value: colour for action, colour in COLOURS.items()},
        evidence_names=EVIDENCE_NAMES,
        findings=FINDINGS,
        weights=WEIGHTS,
        parts=PART_NAMES,
    )


def _action_data(result: ActionResult) -> dict[str, Any]:
    name = text_of(f"action.{result.action}")
    what = text_of(result.remedy_code) if result.remedy_code else None
    return {
        "action": result.action.value,
        "name": {"zh": name.zh, "en": name.en},
        "found": result.found,
        "start_ms": result.event.start_ms if result.event else None,
        "end_ms": result.event.end_ms if result.event else None,
        "key_frame_ms": result.event.peak_ms if result.event else None,
        "measured": result.best_measured,
        "required": result.required,
        "unit": result.unit,
        "code": result.remedy_code,
        "text": {"zh": what.zh, "en": what.en} if what else None,
        "remedy": {"zh": what.remedy_zh, "en": what.remedy_en} if what else None,
    }


def _reaction_data(reaction: Reaction) -> dict[str, Any]:
    prompt, event = reaction.prompt, reaction.event
    return {
        "step": prompt.step,
        "repeat": prompt.repeat,
        "action": prompt.action.value,
        "shown_ms": prompt.shown_ms,
        "closes_ms": prompt.closes_ms,
        "answered_ms": event.start_ms if event is not None else None,
        "reaction_ms": reaction.reaction_ms,
    }


def _reason_data(reason: Reason) -> dict[str, Any]:
    text = text_of(reason.code)
    return {
        "code": reason.code,
        "text": {"zh": text.zh, "en": text.en},
        "remedy": {"zh": text.remedy_zh, "en": text.remedy_en},
        "at_ms": reason.at_ms,
        "measured": reason.measured,
        "required": reason.required,
    }


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("liveness", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
