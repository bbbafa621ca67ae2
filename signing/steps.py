"""Walk the numbered steps of a verification: the first that does not pass decides."""

from collections.abc import Callable, Sequence

from signing.verdict import STEPS, Check, Outcome, SealStatus

Step = Callable[[], None]


class Fault(Exception):
    """A step's answer where it did not pass: the reason's code, the sub-indication, the status."""

    def __init__(
        self, reason: str, sub_indication: str, *, status: SealStatus = SealStatus.TOTAL_FAILED
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sub_indication = sub_indication
        self.status = status


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
            undecided = found.status is SealStatus.INDETERMINATE
            outcome, reason = (Outcome.UNDECIDED if undecided else Outcome.FAILED), found.reason
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
