"""Certificates as `novisit certificates list` tells of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from api.messages import Catalogue, Language

if TYPE_CHECKING:
    from api.bootstrap import Services
    from signing.admission import CertificatePath
    from signing.errors import CertificateRefused
    from signing.purposes import Purpose


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate: what it is for, whose it is, its key, and why it may not sign today, if it may not."""

    use: str
    holder: str
    key: str
    serial: str
    until: datetime
    refusal: str = ""


def lines_of(services: "Services") -> list[CertificateLine]:
    """Every seal, and the key of evidence where it has a certificate. Raises SealingError."""
    from signing.errors import CertificateRefused, KeyUnavailable
    from signing.purposes import Purpose

    office = services.seal_office
    credentials = [office.credential(seal.organ_id) for seal in office.seals]
    lines = [
        _line(services, item.seal.organ_id, item.key_name, item.path, Purpose.SEAL) for item in credentials
    ]
    try:
        evidence = office.record_credential()
    except (CertificateRefused, KeyUnavailable):
        # None was imported; a demonstration makes its own with the first record, and needs its signer for it.
        return lines
    return [*lines, _line(services, "evidence", evidence.key_name, evidence.path, Purpose.EVIDENCE)]


def _line(
    services: "Services", use: str, key: str, path: "CertificatePath", purpose: "Purpose"
) -> CertificateLine:
    from signing.admission import admit, refuse_demonstration
    from signing.errors import CertificateRefused
    from signing.purposes import organization_of

    certificate, now, refusal = path.loaded()[0], services.clock(), ""
    try:
        if services.seal_setup.production:
            refuse_demonstration(path, use)
        admit(path, purpose, at=now, crls=services.seal_office.crls(now))
    except CertificateRefused as error:
        refusal = sentences(error)
    return CertificateLine(
        use=use,
        holder=organization_of(certificate),
        key=key,
        serial=f"{certificate.serial_number:x}",
        until=certificate.not_valid_after_utc,
        refusal=refusal,
    )


def sentences(error: "CertificateRefused") -> str:
    """What a refusal says: the catalogue's Chinese, and its own sentence."""
    from api.error_answers import answer_for

    chinese = Catalogue.load().text(answer_for(error).code, Language.CHINESE)
    return f"{chinese}\n{error}"


def plain(line: CertificateLine) -> dict[str, object]:
    """A line as plain JSON values."""
    return {
        "use": line.use,
        "holder": line.holder,
        "key": line.key,
        "serial": line.serial,
        "until": line.until.isoformat(),
        "may_sign": not line.refusal,
        "refusal": line.refusal or None,
    }


def show(lines: list[CertificateLine]) -> None:
    """Print the table."""
    table = Table(title="证书 Certificates", title_justify="left")
    for heading in ("用途 use", "持有者 holder", "密钥 key", "有效期至 until", "今天 today"):
        table.add_column(heading, overflow="fold")
    for line in lines:
        state = f"[red]✗ {line.refusal}[/]" if line.refusal else "[green]✓ 可用 may sign[/]"
        table.add_row(line.use, line.holder, line.key, str(line.until.date()), state)
    Console().print(table)
    if not lines:
        Console().print("没有证书，见 novisit certificates import。 There is none; import one.")
