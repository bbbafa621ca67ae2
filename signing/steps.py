"""Walk the numbered steps of a verification: the first that does not pass decides."""

from collections.abc import Callable, Sequence

from signing.indications import CONSTRAINTS, FAILURES, INDETERMINATES, SealStatus, belongs, status_of
from signing.verdict import STEPS, Check, Outcome

Step = Callable[[], None]


class Fault(Exception):
    """A step's answer where it did not pass: the reason's code, the sub-indication, the status.

    The status is what the standard has the sub-indication under; given, it is one of the two that some have.
    """

    def __init__(self, reason: str, sub_indication: str, *, status: SealStatus | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sub_indication = sub_indication if sub_indication in FAILURES | INDETERMINATES else "GENERIC"
        fits = status is not None and belongs(self.sub_indication, status)
        self.status = status if status is not None and fits else status_of(self.sub_indication)

    @property
    def outcome(self) -> Outcome:
        """Failed where a check said no, undecided where it could not say."""
        said_no = self.status is SealStatus.TOTAL_FAILED or self.sub_indication in CONSTRAINTS
        return Outcome.FAILED if said_no else Outcome.UNDECIDED


def walk(steps: Sequence[Step], *, asks_for_holder: bool) -> tuple[SealStatus, str, tuple[Check, ...]]:
    """Take one step after the other, in the order of `STEPS`; each raises Fault where it does not pass.

    Gives the status, the sub-indication where it is not TOTAL_PASSED, and the answer of every step.
    """
    status, sub_indication = SealStatus.TOTAL_PASSED, ""
    checks = []
    for number, (code, step) in enumerate(zip(STEPS, steps, strict=True), start=1):
        if status is not SealStatus.TOTAL_PASSED:
            checks.append(Check(number, code, Outcome.NOT_REACHED, "not_reached"))
            continue
        found = _take(step)
        if found is None:
            asked = code != "holder" or asks_for_holder
            outcome, reason = (Outcome.PASSED, "passed") if asked else (Outcome.NOT_ASKED, "not_asked")
        else:
            outcome, reason = found.outcome, found.reason
            status, sub_indication = found.status, found.sub_indication
        checks.append(Check(number, code, outcome, reason))
    return status, sub_indication, tuple(checks)


def _take(step: Step) -> Fault | None:
    try:
        step()
    except Fault as found:
        return found
    except Exception:  # noqa: BLE001 - hostile files raise anything inside the parsers; all of it is a refusal
        return Fault("unreadable", "FORMAT_FAILURE")
    return None
