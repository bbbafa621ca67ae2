"""A demonstration authority: root, issuing, time-stamp, OCSP and TLS certificates, and one seal per organ.

It lets a fresh machine make seals that verify. It is not lawful for real seals: whoever runs the service
could make any certificate. Every subject says DEMONSTRATION, and production refuses to seal with it.
"""

from signing.demonstration.authority import PUBLISHED
from signing.demonstration.facade import Demonstration, create, open_folder
from signing.demonstration.refusal import refuse_demonstration
from signing.demonstration.tls import TlsFiles

__all__ = ["PUBLISHED", "Demonstration", "TlsFiles", "create", "open_folder", "refuse_demonstration"]
