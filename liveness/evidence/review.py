"""What a reviewer reads of one decision, stored when it is made: the report, the timeline, the frames."""

import json
from typing import TYPE_CHECKING, Any

from liveness.evidence.record import canonical_json, sha256_hex
from liveness.evidence.report import as_data, draw_report_timeline
from liveness.verdict import Outcome
from models.comparison import Comparison

if TYPE_CHECKING:
    from liveness.analysis import Analysis

FORMAT = "novisit-liveness-review/1"


def write_review(analysis: "Analysis", *, outcome: Outcome, comparison: Comparison | None) -> bytes:
    """Spell everything a reviewer is shown but the pictures themselves, in one canonical way."""
    return canonical_json(
        {
            "format": FORMAT,
            "outcome": outcome,
            "report": as_data(analysis, comparison=comparison),
            "timeline_svg": draw_report_timeline(analysis),
            "frames": [
                {"role": frame.role, "time_ms": frame.time_ms, "sha256": sha256_hex(frame.jpeg)}
                for frame in analysis.audit_frames
            ],
        }
    )


def read_review(content: bytes) -> dict[str, Any]:
    """Read what was stored. Raises ValueError for another format."""
    value = json.loads(content)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ValueError("this is no stored review")
    return value
