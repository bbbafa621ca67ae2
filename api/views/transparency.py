"""How the public log of seals looks over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from signing.transparency.heads import SignedHead
from signing.transparency.proofs import LogProof, head_as_plain, proof_as_plain

HASH = "3f0f4e1c9b3d0a6b8b6b0f5f6f1f2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d"
KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li"
    "/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q=="
)
LEAF = (
    '{"at":"2026-03-02T02:00:00.000000Z",'
    '"certificate":"0e86d4b3cc6721a6b06aef831d068410dd1026e6314d9ac48d521ab1de3b96c5",'
    '"documents":{"pdf":"6a572e581f5832a9c88b436a7163407955394ed3c680259434e81528074243e2"},'
    '"event":"issued","format":"novisit-seal-log-1","organ":"jiangan-approval","successor":""}'
)


class TreeHeadView(BaseModel):
    """A signed tree head: what the log was at a moment (RFC 9162, section 4.10)."""

    log_id: str = Field(
        description="密钥的 SHA-256 SHA-256 of the public key that signed, hexadecimal.", examples=[HASH]
    )
    timestamp_ms: int = Field(
        description="1970 年以来的毫秒数 Milliseconds since 1970.", examples=[1772416800123]
    )
    at: datetime = Field(description="同一时刻 The same moment.", examples=["2026-03-02T02:00:00.123Z"])
    tree_size: int = Field(description="登记条数 How many entries it covers.", examples=[57])
    root_hash: str = Field(description="树根 Root of the tree, hexadecimal.", examples=[HASH])
    signature: str = Field(
        description="ECDSA P-256/SHA-256, DER, Base64.", examples=["MEUCIQDU0sF1YvNN...=="]
    )
    signed_bytes: str = Field(
        description="被签名的字节 What is signed, hexadecimal; recompute it from the other fields.",
        examples=["6e6f76697369742074726565206865616420310a20..."],
    )

    @classmethod
    def of(cls, signed: SignedHead) -> Self:
        return cls(**head_as_plain(signed), at=signed.head.at, signed_bytes=signed.head.signed_bytes.hex())


class TreeHeadsView(BaseModel):
    """Signed heads in the order in which they were made."""

    heads: list[TreeHeadView]


class ConsistencyView(BaseModel):
    """The proof that a larger tree begins with a smaller one (RFC 9162, section 2.1.4)."""

    first: int = Field(examples=[40])
    second: int = Field(examples=[57])
    path: list[str] = Field(
        description="证明中的摘要 The hashes of the proof, hexadecimal.", examples=[[HASH]]
    )


class EntryView(BaseModel):
    """One entry. `leaf` is to be hashed as it stands: SHA-256 of 0x00 and its UTF-8."""

    index: int = Field(description="从 0 起的位置 Its place, from 0.", examples=[11])
    leaf: str = Field(examples=[LEAF])
    leaf_hash: str = Field(examples=[HASH])


class EntriesView(BaseModel):
    """Entries of the public log; no personal data, certificates and files as salted digests."""

    tree_size: int = Field(
        description="最新签名头的大小 Size of the newest signed head: nothing beyond it is given.",
        examples=[57],
    )
    entries: list[EntryView]


class ProvenEntryView(EntryView):
    """An entry and its path to the root."""

    path: list[str] = Field(
        description="从叶到根的摘要 Hashes from the leaf to the root, hexadecimal.", examples=[[HASH]]
    )


class OpeningView(BaseModel):
    """What ties number and files to the entries; for whoever holds the certificate."""

    number: str = Field(examples=["JY24201020000018"])
    documents: dict[str, str] = Field(examples=[{"pdf": HASH}])
    salt: str = Field(examples=[HASH])


class ProofHeadView(BaseModel):
    """The signed head of a proof."""

    log_id: str = Field(examples=[HASH])
    timestamp_ms: int = Field(examples=[1772416800123])
    tree_size: int = Field(examples=[57])
    root_hash: str = Field(examples=[HASH])
    signature: str = Field(examples=["MEUCIQDU0sF1YvNN...=="])


class ProofView(BaseModel):
    """A proof of inclusion, as `novisit seal verify --proof` reads it."""

    format: str = Field(examples=["novisit-log-proof-1"])
    head: ProofHeadView
    public_key: str = Field(
        description="日志公钥 The log's key (DER, Base64); trust only one you have from elsewhere.",
        examples=[KEY],
    )
    entries: list[ProvenEntryView]
    opening: OpeningView | None = Field(
        description="编号、文件与盐值 Number, files and salt; only with the certificate itself, else null."
    )

    @classmethod
    def of(cls, proof: LogProof) -> Self:
        return cls(**proof_as_plain(proof))


class LogKeyView(BaseModel):
    """A public key of the log."""

    log_id: str = Field(examples=[HASH])
    pem: str = Field(
        examples=["-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYI...\n-----END PUBLIC KEY-----\n"]
    )


class LogKeysView(BaseModel):
    """Every key that ever signed heads of the log."""

    keys: list[LogKeyView]


class LogStandingView(BaseModel):
    """What the public log says of a certificate whose file was verified; path and signature were checked."""

    event: str = Field(description="issued, revoked or replaced.", examples=["issued"])
    entry: int = Field(description="第几条 Which entry, counted from 1.", examples=[12])
    tree_size: int = Field(description="共几条 Of how many.", examples=[57])
    head_at: datetime = Field(description="日志签名时间 When the head was signed.")
    proof: ProofView = Field(
        description="可保存的证明 The proof, to be saved for `novisit seal verify --proof`."
    )

    @classmethod
    def of(cls, proof: LogProof) -> Self:
        """The standing as a proof that was checked has it."""
        return cls(
            event=proof.standing.value,
            entry=proof.entries[0].index + 1,
            tree_size=proof.signed.head.tree_size,
            head_at=proof.signed.head.at,
            proof=ProofView.of(proof),
        )
