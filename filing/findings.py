"""What was found wrong with answers, materials or parties: a stable code, where, and the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right. `field` is a form field, `material:<name>`, `party:<id>` or empty for all.

    `parameters` fill the placeholders of the catalogue text; they never hold what a person typed.
    """

    code: str
    field: str = ""
    parameters: Mapping[str, str] = attribute(default_factory=dict)
