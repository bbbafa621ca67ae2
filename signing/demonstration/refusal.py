"""Production takes no certificate of a demonstration authority."""

from cryptography import x509

from signing.certificates import is_demonstration
from signing.credentials import SealCredential
from signing.errors import DemonstrationRefused


def refuse_demonstration(credential: SealCredential) -> None:
    """Refuse a demonstration seal; production calls this for each. Raises DemonstrationRefused."""
    for certificate in (credential.certificate, *credential.chain, credential.root):
        if is_demonstration(x509.load_der_x509_certificate(certificate)):
            raise DemonstrationRefused(
                f"The seal of {credential.seal.holder} comes from a demonstration authority. "
                "Production needs a certificate of a licensed authority and an officially made seal."
            )
