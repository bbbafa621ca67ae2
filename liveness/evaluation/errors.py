"""What keeps a folder from being evaluated.

EvaluationError
├── LabelsInvalid   (faults: every fault found)
├── ClipsMissing    (files: every file that is not there)
├── PairsInvalid    (faults: every fault found)
├── GateInvalid
└── FolderNotEmpty
"""

from collections.abc import Sequence

from liveness.errors import LivenessError

MOST_NAMED = 40


class EvaluationError(LivenessError):
    """The folder cannot be evaluated."""

    code = "evaluation.error"


class LabelsInvalid(EvaluationError):
    """labels.json cannot be used."""

    code = "evaluation.labels_invalid"

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(_listed("labels.json cannot be used:", self.faults))


class ClipsMissing(EvaluationError):
    """Files that are named by the labels are not in the folder."""

    code = "evaluation.clips_missing"

    def __init__(self, files: Sequence[str]) -> None:
        self.files = tuple(files)
        super().__init__(_listed("These files are named by the labels and are not there:", self.files))


class PairsInvalid(EvaluationError):
    """pairs.csv cannot be used."""

    code = "evaluation.pairs_invalid"

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(_listed("pairs.csv cannot be used:", self.faults))


class GateInvalid(EvaluationError):
    """The gate file cannot be used."""

    code = "evaluation.gate_invalid"


class FolderNotEmpty(EvaluationError):
    """The folder for made clips already holds labels. Choose another one."""

    code = "evaluation.folder_not_empty"


def _listed(heading: str, lines: Sequence[str]) -> str:
    shown = [f"  - {line}" for line in lines[:MOST_NAMED]]
    more = [f"  - ... and {len(lines) - MOST_NAMED} more"] if len(lines) > MOST_NAMED else []
    return "\n".join([heading, *shown, *more])
