"""What a certificate can show: answers that its font cannot print are told before anybody reviews them.

Found only when the approved document is drawn, such a character would leave a case approved for good and
without its certificate.
"""

from filing.findings import Finding
from filing.matters import Matter
from filing.rules import Values
from signing.glyphs import first_unprintable


def unprintable(matter: Matter, values: Values) -> tuple[Finding, ...]:
    """Name the fields of the certificate that hold such a character, and its place, from 1."""
    template = matter.certificate
    findings = []
    for name in dict.fromkeys((template.holder_field, *(field for _, field in template.lines))):
        if name in values:
            at = first_unprintable(matter.form.field(name).show(values[name], "zh"))
            if at is not None:
                findings.append(Finding("form.unprintable", name, {"position": str(at + 1)}))
    return tuple(findings)
