"""Write docs/guide/hostile-corpus.md: python -m tests.signing.hostile.table

Every hostile file is made anew, verified by us, and shown to pdfsig with the authority's root trusted.
"""

import re
import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from api.bootstrap import system_clock
from api.messages import Catalogue, Language
from signing.demonstration import create
from signing.expectations import Expected
from signing.verdict import SealVerification
from signing.verification import verify_pdf
from tests.signing.conftest import JIANGAN, JIANGHAN, PLACE, make_page
from tests.signing.hostile import Materials, corpus, tries

PAGE: Final = Path(__file__).parents[3] / "docs" / "guide" / "hostile-corpus.md"
HEAD: Final = """\
# Hostile files

Sealed papers that someone tampered with, and seals that are not what they seem: every file of the test
corpus (`tests/signing/hostile`), made anew, verified by `novisit seal verify --organ ...` and shown to
`pdfsig {version}` (poppler), which knows and trusts the authority's root.

All {count} are refused here. pdfsig calls **{valid}** of them valid, **{fooled}** valid and trusted, and for
**{silent}** of these it also says that the total document is signed, as it does of a genuine file. Other
readers of PDF look at much the same things: a green tick in one is no reason to rely on a paper that matters.

The steps: {steps}.

Written by one command, which takes about half a minute and needs `poppler-utils` and `libnss3-tools`:

```
.venv/bin/python -m tests.signing.hostile.table
```

| file | what it tries | here | pdfsig |
|---|---|---|---|
"""
FOOLED: Final = "**valid, trusted**"


def main() -> None:
    """Make the corpus and write the page."""
    now = system_clock().replace(microsecond=0)
    with tempfile.TemporaryDirectory() as name:
        PAGE.write_text(page_of(Path(name), now), encoding="utf-8")


def page_of(folder: Path, now: datetime) -> str:
    """The whole page, with every file judged by both."""
    authority = create(folder / "pki", [JIANGAN, JIANGHAN], lambda: now)
    paper = make_page(folder)
    sealed = authority.sealer(JIANGAN.organ_id).seal(paper, reason="备案证明 1 号", place=PLACE).pdf
    ask = pdfsig(folder, authority.anchors[0])
    files = corpus(Materials(authority, paper, sealed, folder, lambda: now))
    rows, told = [], []
    for name, content in {"(the genuine file)": sealed, **files}.items():
        verification = verify_pdf(
            content, anchors=authority.anchors, at=now, expected=Expected(JIANGAN.holder)
        )
        said = ask(content)
        what = tries(name) if name in files else "nothing"
        rows.append(f"| {name} | {what} | {ours(verification)} | {said} |")
        if name in files:
            told.append(said)
    steps = Catalogue.load()
    named = ", ".join(
        f"{check.number} {steps.text(f'seal.step.{check.code}', Language.ENGLISH).lower()}"
        for check in verification.checks
    )
    head = HEAD.format(
        version=version(),
        count=len(files),
        valid=sum(said.strip("*").startswith("valid") for said in told),
        fooled=sum(said.startswith(FOOLED) for said in told),
        silent=sum(said == FOOLED for said in told),
        steps=named,
    )
    return head + "\n".join(rows) + "\n"


def ours(verification: SealVerification) -> str:
    """Our answer with the step that gave it."""
    stopped = next((check for check in verification.checks if not check.passed), None)
    if stopped is None:
        return verification.status.value
    return f"{verification.status} / {verification.sub_indication}, step {stopped.number}"


def pdfsig(folder: Path, root: bytes) -> Callable[[bytes], str]:
    """Ask pdfsig about a file, with a root that it trusts."""
    (folder / "nss").mkdir()
    (folder / "root.pem").write_bytes(x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM))
    for command in (
        ["certutil", "-N", "-d", "sql:nss", "--empty-password"],
        ["certutil", "-A", "-d", "sql:nss", "-n", "root", "-t", "CT,C,C", "-i", "root.pem"],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    def ask(content: bytes) -> str:
        (folder / "asked.pdf").write_bytes(content)
        try:
            done = subprocess.run(
                ["pdfsig", "-nssdir", "sql:nss", "-no-ocsp", "asked.pdf"],
                cwd=folder,
                capture_output=True,
                timeout=20,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "no answer in 20 seconds"
        return words(done.stdout.decode("utf-8", "replace"), done.returncode)

    return ask


def words(told: str, code: int) -> str:
    """What pdfsig says of the seal, in its own words made short."""
    if "Signature Validation: " not in told:
        if code < 0:
            return f"crashes (signal {-code})"
        return "no signature" if "does not contain any signatures" in told else "cannot read the file"
    first = told.split("Signature #2")[0]
    validation = re.findall(r"Signature Validation: (.*?)\.?$", first, re.MULTILINE)[0]
    valid = "valid" if validation == "Signature is Valid" else validation[:1].lower() + validation[1:]
    trust = re.findall(r"Certificate Validation: (.*?)\.?$", first, re.MULTILINE)
    trusted = (trust[0][:1].lower() + trust[0][1:]) if trust else "certificate not checked"
    trusted = trusted.replace("certificate is Trusted", "trusted")
    covered = "" if "Total document signed" in told else ", not the total document"
    said = f"{valid}, {trusted}"
    return (FOOLED if said == FOOLED.strip("*") else said) + covered


def version() -> str:
    """The version of pdfsig."""
    told = subprocess.run(["pdfsig", "-v"], capture_output=True, text=True, check=False)
    return (told.stdout + told.stderr).split()[2]


if __name__ == "__main__":
    main()
