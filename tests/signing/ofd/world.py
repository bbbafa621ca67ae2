"""An OFD document, an organ's seal for it and who may trust it, for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import x509

from signing.appearance import draw_seal_png
from signing.certificates import SEAL, SEAL_MAKER, subject
from signing.demonstration import Demonstration
from signing.expectations import Expected
from signing.gm.certificates import issue
from signing.keys import EncryptedKeyFolder, KeyAlgorithm
from signing.ofd.document import DocumentFacts, build, font_id
from signing.ofd.fonts import FontShelf
from signing.ofd.pages import Colour, Page, Text
from signing.ofd.pages import Path as Drawing
from signing.ofd.sealing import OfdCredential, OfdSealer, SealedOfd, make_seal
from signing.ofd.verification import OfdTrust, verify_ofd
from signing.seal import Seal, SealPlace
from signing.stamp_tokens import StampTrust
from signing.timestamps import TimeStampAuthority
from signing.verdict import SealVerification
from tests.signing.gm.authority import Sm2Authority

PLACE = SealPlace(page=0, x_mm=150, y_mm=220)
BLACK = Colour(0, 0, 0)


@dataclass(frozen=True)
class OfdWorld:
    """Everything that seals and verifies, at one moment."""

    seal: Seal
    authority: Sm2Authority
    stamps: Demonstration
    keys: EncryptedKeyFolder
    shelf: FontShelf
    now: datetime

    @property
    def parts(self) -> dict[str, bytes]:
        return make_parts(self.shelf, self.now)

    def credential(self, seal: Seal | None = None, signers: Sequence[bytes] | None = None) -> OfdCredential:
        """A new key and certificate for the organ, and the seal that lists it."""
        wanted = seal or self.seal
        key_name = f"sm2-{len(list(self.keys.names()))}"
        self.keys.generate(key_name, KeyAlgorithm.SM2)
        public = self.keys.sm2_private_key(key_name).public
        holder = subject(
            "seal", organization=wanted.holder, organization_id=wanted.organ_id, unit="DEMONSTRATION"
        )
        certificate = issue(
            SEAL,
            x509.Name.load(holder.public_bytes()),
            public,
            issuer=self.authority.issuing,
            now=self.authority.made_at,
        )
        maker_name = subject("seal maker", organization="演示制章机构", unit="DEMONSTRATION")
        if not self.keys.has("maker"):
            self.keys.generate("maker", KeyAlgorithm.SM2)
        maker = issue(
            SEAL_MAKER,
            x509.Name.load(maker_name.public_bytes()),
            self.keys.sm2_private_key("maker").public,
            issuer=self.authority.issuing,
            now=self.authority.made_at,
        )
        made = make_seal(
            wanted,
            picture_png=draw_seal_png(wanted),
            signers=list(signers) if signers is not None else [certificate.dump()],
            maker=maker,
            maker_key="maker",
            keys=self.keys,
            now=self.authority.made_at,
        )
        return OfdCredential(wanted, made, key_name, certificate.dump())

    def sealer(
        self,
        credential: OfdCredential | None = None,
        *,
        now: datetime | None = None,
        stamps: TimeStampAuthority | None = None,
    ) -> OfdSealer:
        return OfdSealer(
            credential or self.credential(),
            keys=self.keys,
            time_stamps=stamps or self.stamps.time_stamp_authority(),
            trust=lambda _: self.authority.trust(),
            clock=lambda: now or self.now,
        )

    def sealed(self) -> SealedOfd:
        return self.sealer().seal(self.parts, place=PLACE)

    @property
    def trust(self) -> OfdTrust:
        return OfdTrust(
            seals=self.authority.trust(),
            stamps=StampTrust(
                roots=self.stamps.anchors,
                intermediates=[self.stamps.published("issuing.crt")],
                crls=self.stamps.crls(self.now),
            ),
        )

    def verify(
        self, ofd: bytes, *, at: datetime | None = None, trust: OfdTrust | None = None
    ) -> SealVerification:
        return verify_ofd(
            ofd,
            trust=trust or self.trust,
            at=at or self.now + timedelta(minutes=1),
            expected=Expected(self.seal.holder, self.seal.organ_id),
        )


def make_parts(shelf: FontShelf, now: datetime) -> dict[str, bytes]:
    """A page with a line of text and a frame."""
    text = "食品经营备案证 JY1420102001"
    size = 5.0
    advances = tuple(shelf.advance(character) * size for character in text[:-1])
    page = Page(
        210,
        297,
        (
            Drawing("M 0 0 L 190 0 L 190 277 L 0 277 C", (10, 10, 190, 277), stroke=BLACK),
            Text(30, 40, size, text, advances, font_id(0), BLACK),
        ),
    )
    facts = DocumentFacts("0" * 31 + "1", "食品经营备案证", "江岸区行政审批局", now)
    return build(facts, [page], [shelf.common])
