"""Whose seal a paper should carry, and of which number: the last step of every verification."""

from dataclasses import dataclass

from signing.steps import Fault
from signing.verdict import SealedBy, spelled


@dataclass(frozen=True, slots=True)
class Expected:
    """What the asker knows of a paper; None where nothing is expected.

    `organ_id` is the organ's number as its certificate states it (organizationIdentifier), `number` that of
    the paper, which the seal names last in what it is for.
    """

    holder: str | None = None
    organ_id: str | None = None
    number: str | None = None

    @property
    def is_asked(self) -> bool:
        """Whether anything is known; with a number alone nobody has asked whose seal it is."""
        return self.holder is not None or self.organ_id is not None

    def check(self, found: SealedBy) -> None:
        """11. holder: the seal is that of the expected organ, for the expected number. Raises Fault."""
        if self.holder is not None and spelled(found.holder) != spelled(self.holder):
            raise Fault("other_holder", "SIG_CONSTRAINTS_FAILURE")
        if self.organ_id is not None and found.organ_id != self.organ_id:
            raise Fault("other_holder", "SIG_CONSTRAINTS_FAILURE")
        if not found.holder:
            raise Fault("other_holder", "SIG_CONSTRAINTS_FAILURE")
        if self.number is not None and found.reason.rpartition(" ")[2] != self.number:
            raise Fault("other_number", "SIG_CONSTRAINTS_FAILURE")
