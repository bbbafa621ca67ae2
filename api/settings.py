"""Settings of the service: the only reader of the environment (NOVISIT_*)."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from api.errors import SettingsInvalid, UnsafeForProduction
from signing.transparency.entries import DocumentForm

UNSAFE_COMPARATORS = frozenset({"unsafe-constant"})
DEMONSTRATION_MARK = "DEMONSTRATION"
"""Name of the file that marks a folder of keys as made for a demonstration."""


class TimeStampSetting(BaseModel):
    """One time-stamp authority: its address, the file of the roots it is trusted by, what it must keep to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    anchors: Path
    policies: tuple[str, ...] = ()
    timeout_seconds: float = 5


class Settings(BaseSettings):
    """What an operator may choose. Every field is an environment variable NOVISIT_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="NOVISIT_", extra="ignore", frozen=True)

    env: Literal["development", "production"] = "development"
    data_dir: Path = Field(default=Path(".novisit"), description="Everything the service keeps on disk.")
    weights_dir: Path = Field(default=Path(), description="Network weights; default DATA_DIR/weights.")
    database_url: str = Field(
        default="", description="sqlite:///FILE or postgresql://...; default in DATA_DIR."
    )
    keyring_file: Path = Field(
        default=Path(), description="Key-encryption keys; default DATA_DIR/keys/keyring.json."
    )
    seal_dir: Path = Field(default=Path(), description="Seal keys and certificates; default DATA_DIR/seals.")
    portraits_dir: Path = Field(
        default=Path(), description="Local portrait register; default DATA_DIR/portraits."
    )
    log_head_file: Path = Field(
        default=Path(),
        description="The newest signed head of the log of seals, best on another disk than the database; "
        "default DATA_DIR/log/head.json.",
    )
    signer_dir: Path = Field(
        default=Path(), description="Keys that sign, their journal and counts; default DATA_DIR/signer."
    )
    signer_socket: Path = Field(
        default=Path(), description="Where the signer answers; default SIGNER_DIR/signer.sock."
    )
    signer_secret_file: Path = Field(
        default=Path(), description="Passphrase of the keys or PIN; default SIGNER_DIR/passphrase."
    )
    signer_library: Path = Field(default=Path(), description="PKCS#11 module of a token; default none.")
    signer_token: str = Field(default="", description="Label of the token.")
    signer_user: str = Field(default="", description="The user the signer must run as, by name or number.")
    signer_clients: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Users the signer serves, by name or number; default its own."
    )

    time_stamps: tuple[TimeStampSetting, ...] = Field(
        default=(), description="Time-stamp authorities in the order they are asked, as JSON."
    )
    crl_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Where the revocation lists of the licensed authorities are fetched."
    )

    certificate_forms: Literal["", "pdf", "ofd", "both"] = Field(
        default="", description="How certificates leave; default both, in production pdf."
    )
    fonts_dir: Path = Field(
        default=Path(), description="Fonts cut ahead for OFD, made here; default DATA_DIR/fonts."
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = Field(default="", description="Address people open, as in links and QR codes.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    metrics_token: SecretStr | None = None

    comparator: str = "sface"
    comparator_options: dict[str, str] = Field(default_factory=dict)
    challenge_minutes: int = Field(
        default=3, ge=1, le=10, description="How long a challenge may be answered."
    )
    challenge_source: Literal["system", "fixed"] = "system"
    challenge_actions: Annotated[tuple[str, ...], NoDecode] = ()
    pad_policy: Literal["standard", "strict", "synthetic"] = Field(
        default="standard", description="What decides about presentation attacks."
    )

    workers: int = Field(default=1, ge=1, le=64, description="Spawned processes that analyse videos.")
    worker_memory_mib: int = Field(default=1536, ge=512, description="Private memory of each such process.")
    paper_workers: int = Field(
        default=1, ge=1, le=64, description="Spawned processes that seal and verify papers."
    )
    streams: int = Field(
        default=4, ge=0, le=64, description="Videos judged while they are recorded, at once."
    )
    spare_streams: int = Field(default=1, ge=0, le=64, description="Processes kept warm for live videos.")
    stream_cpu_seconds: int = Field(default=120, ge=10, description="Processor time of one live video.")
    job_concurrency: int = Field(default=4, ge=1, le=64)
    analysis_timeout_seconds: float = Field(default=120, gt=0)
    analysis_cpu_seconds: float = Field(default=100, gt=0, description="Processor time of one analysis.")
    executor_name: str = Field(
        default="", description="Stable name of this host among many; default its host name."
    )

    office_hours: str = Field(
        default="09:00-12:00,13:30-17:00", description="When offices work, in Shanghai time."
    )
    catalogue_profile: Literal["pilot-2018", "current"] = Field(
        default="pilot-2018", description="Which law decides what is open: that of the pilot, or today's."
    )

    retention_video_days: int = Field(default=30, ge=0)
    session_idle_minutes: int = Field(default=30, ge=1)
    session_absolute_hours: int = Field(default=12, ge=1)
    sign_in_attempts_per_quarter: int = Field(
        default=10, ge=1, description="Per account and address, in 15 minutes."
    )
    public_requests_per_quarter: int = Field(
        default=60, ge=1, description="Accounts opened or seals verified by one address, in 15 minutes."
    )

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        split = dict(values)
        for name in ("trusted_proxies", "challenge_actions", "crl_urls", "signer_clients"):
            if isinstance(split.get(name), str):
                split[name] = tuple(part.strip() for part in split[name].split(",") if part.strip())
        return split

    @model_validator(mode="after")
    def _fill_places(self) -> Self:
        # The model is frozen for everyone else; here it is still being made.
        def fill(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        fill("data_dir", self.data_dir.expanduser().resolve())
        for name, place in (
            ("weights_dir", self.data_dir / "weights"),
            ("keyring_file", self.data_dir / "keys" / "keyring.json"),
            ("seal_dir", self.data_dir / "seals"),
            ("portraits_dir", self.data_dir / "portraits"),
            ("fonts_dir", self.data_dir / "fonts"),
            ("log_head_file", self.data_dir / "log" / "head.json"),
            ("signer_dir", self.data_dir / "signer"),
        ):
            given: Path = getattr(self, name)
            fill(name, place if given == Path() else given.expanduser().resolve())
        for name, file in (("signer_socket", "signer.sock"), ("signer_secret_file", "passphrase")):
            given = getattr(self, name)
            fill(name, self.signer_dir / file if given == Path() else given.expanduser().absolute())
        if not self.database_url:
            fill("database_url", f"sqlite:///{self.data_dir / 'novisit.sqlite3'}")
        if not self.certificate_forms:
            fill("certificate_forms", "pdf" if self.is_production else "both")
        if not self.public_url:
            fill("public_url", f"http://{self.host}:{self.port}")
        return self

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def forms(self) -> tuple[DocumentForm, ...]:
        """The forms in which certificates leave, the first where nobody asks for one."""
        if self.certificate_forms == "both":
            return (DocumentForm.PDF, DocumentForm.OFD)
        return (DocumentForm(self.certificate_forms),)

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    def refusals(self) -> tuple[str, ...]:
        """Say everything that keeps these settings out of production; empty where nothing does."""
        found = []
        if self.comparator in UNSAFE_COMPARATORS:
            found.append(f"NOVISIT_COMPARATOR={self.comparator} answers without looking at a face")
        if self.challenge_source != "system" or self.challenge_actions:
            found.append("NOVISIT_CHALLENGE_SOURCE is fixed: whoever records a video would know the actions")
        if self.pad_policy == "synthetic":
            found.append("NOVISIT_PAD_POLICY=synthetic lets made pictures of people pass")
        if not self.keyring_file.is_file():
            found.append(f"the key-encryption keys are missing: NOVISIT_KEYRING_FILE ({self.keyring_file})")
        elif self.keyring_file.stat().st_mode & 0o077:
            found.append(f"{self.keyring_file} can be read by other users: chmod 600")
        marked = [
            folder
            for folder in (self.seal_dir, self.keyring_file.parent, self.portraits_dir)
            if (folder / DEMONSTRATION_MARK).exists()
        ]
        found.extend(
            f"{folder} holds demonstration keys or data (file {DEMONSTRATION_MARK})" for folder in marked
        )
        if not self.is_https:
            found.append(f"NOVISIT_PUBLIC_URL ({self.public_url}) is not https")
        return tuple(found)

    def require_safe(self) -> None:
        """Raise UnsafeForProduction with every refusal at once, where this is production."""
        refusals = self.refusals() if self.is_production else ()
        if refusals:
            raise UnsafeForProduction(refusals)


def load_settings(**given: object) -> Settings:
    """Read the environment, over which `given` wins.

    Raises SettingsInvalid, which names the variables at fault, or UnsafeForProduction with every refusal.
    """
    settings = read_settings(**given)
    settings.require_safe()
    return settings


def read_settings(**given: object) -> Settings:
    """Read the environment as the signer does, which may not see what the service keeps.

    Raises SettingsInvalid, which names the variables at fault.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks each value
    except (ValidationError, SettingsError) as error:
        raise SettingsInvalid(_faults(error)) from None


def _faults(error: ValidationError | SettingsError) -> list[str]:
    if isinstance(error, SettingsError):
        return [str(error)]
    return [
        f"NOVISIT_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    ]
