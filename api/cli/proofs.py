"""What `novisit seal verify --proof` does: hold a verified file against a saved proof of the log, offline."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from signing.transparency.heads import SignedHead
    from signing.verdict import SealVerification

EX_USAGE = 64


def held_against(verification: "SealVerification", proof: Path, keys: Iterable[Path]) -> "SealVerification":
    """Add the step of the log, by a proof under the keys in files (PEM) or of this machine's log."""
    from signing.errors import ProofRefused
    from signing.transparency.proofs import parse_proof
    from signing.transparency.standing import Standing, logged, standing_of

    trusted = read_keys(keys) or _own_keys()
    try:
        read = parse_proof(proof.read_bytes())
    except ProofRefused:
        return logged(verification, Standing.PROOF_REFUSED)
    return logged(verification, standing_of(read, trusted=trusted, sha256=verification.digest))


def read_keys(files: Iterable[Path]) -> list[bytes]:
    """Public keys (DER) in PEM files, several in one allowed."""
    from asn1crypto import pem

    found = []
    for file in files:
        try:
            found += [der for _, _, der in pem.unarmor(file.read_bytes(), multiple=True)]
        except ValueError:
            _fail(f"{file}：不是 PEM 公钥。 This is no public key in PEM.")
    return found


def read_head(file: Path) -> "SignedHead":
    """A tree head that `novisit log head --json` wrote."""
    from signing.errors import HeadRefused
    from signing.transparency.proofs import head_from_plain

    try:
        return head_from_plain(json.loads(file.read_text(encoding="utf-8")))
    except (HeadRefused, ValueError):
        _fail(f"{file}：不是日志头。 This is no tree head; novisit log head --json writes one.")


def _own_keys() -> list[bytes]:
    """The keys of the log of the service on this machine; without them the user has to say whom to trust."""
    from api.bootstrap import build
    from api.settings import load_settings
    from api.transparency import log_keys
    from signing.errors import SealingError

    services = build(load_settings())
    try:
        return list(log_keys(services).public())
    except SealingError:
        _fail(
            "请用 --log-key 指定信任的日志公钥（novisit log key 可在服务端输出）。\n"
            "Say which key of the log to trust with --log-key FILE; novisit log key prints it at the service."
        )
    finally:
        services.close()


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(EX_USAGE)
