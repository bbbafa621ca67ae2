import os
from pathlib import Path

import pytest

from api import bootstrap
from api.errors import SettingsInvalid, UnsafeForProduction
from api.evidence.keyring import Keyring
from api.production import refuse_demonstration_seals
from api.settings import DEMONSTRATION_MARK, Settings, load_settings
from signing.demonstration import create
from signing.records.demonstration import open_record_signer
from signing.seal import Seal


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("NOVISIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def production(tmp_path: Path, **given: object) -> dict[str, object]:
    keyring = tmp_path / "secrets" / "keyring.json"
    if not keyring.exists():
        Keyring.generate().save(keyring)
    sound = {
        "env": "production",
        "data_dir": tmp_path,
        "keyring_file": keyring,
        "public_url": "https://office.example",
    }
    return {**sound, **given}


def test_everything_lies_under_the_data_folder_by_default(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.data_dir == tmp_path / ".novisit"
    assert settings.weights_dir == settings.data_dir / "weights"
    assert settings.database_url == f"sqlite:///{settings.data_dir}/novisit.sqlite3"


def test_environment_is_read_and_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVISIT_PORT", "9001")
    monkeypatch.setenv("NOVISIT_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2")
    assert load_settings().port == 9001
    assert load_settings().trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert load_settings(port=9002).port == 9002


def test_faults_name_the_variable_and_not_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVISIT_PORT", "s3cret")
    with pytest.raises(SettingsInvalid, match="NOVISIT_PORT") as raised:
        load_settings()
    assert "s3cret" not in str(raised.value)


def test_sound_production_is_taken(tmp_path: Path) -> None:
    assert load_settings(**production(tmp_path)).is_production


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"comparator": "unsafe-constant"}, "NOVISIT_COMPARATOR"),
        ({"challenge_source": "fixed"}, "NOVISIT_CHALLENGE_SOURCE"),
        ({"pad_policy": "synthetic"}, "NOVISIT_PAD_POLICY"),
        ({"challenge_actions": ("nod",)}, "NOVISIT_CHALLENGE_SOURCE"),
        ({"keyring_file": Path("/nowhere/keyring.json")}, "NOVISIT_KEYRING_FILE"),
        ({"public_url": "http://office.example"}, "NOVISIT_PUBLIC_URL"),
    ],
)
def test_production_refuses_what_is_unsafe(tmp_path: Path, given: dict[str, object], told: str) -> None:
    with pytest.raises(UnsafeForProduction, match=told):
        load_settings(**production(tmp_path, **given))


@pytest.mark.parametrize("folder", ["seals", "secrets", "portraits"])
def test_production_refuses_demonstration_keys_and_data(tmp_path: Path, folder: str) -> None:
    given = production(tmp_path)
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / DEMONSTRATION_MARK).touch()
    with pytest.raises(UnsafeForProduction, match=DEMONSTRATION_MARK):
        load_settings(**given)


def test_production_refuses_a_keyring_that_others_can_read(tmp_path: Path) -> None:
    given = production(tmp_path)
    (tmp_path / "secrets" / "keyring.json").chmod(0o644)
    with pytest.raises(UnsafeForProduction, match="chmod 600"):
        load_settings(**given)


def test_production_tells_all_refusals_at_once(tmp_path: Path) -> None:
    given = production(
        tmp_path, comparator="unsafe-constant", challenge_source="fixed", public_url="http://x"
    )
    with pytest.raises(UnsafeForProduction) as raised:
        load_settings(**given)
    assert len(raised.value.refusals) == 3


def test_production_refuses_replaced_parts(tmp_path: Path) -> None:
    settings = Settings(**production(tmp_path))  # type: ignore[arg-type]  # a table of settings
    overrides = bootstrap.Overrides(random_bytes=bytes)
    with pytest.raises(UnsafeForProduction, match="overrides"):
        bootstrap.build(settings, overrides=overrides)


def test_production_refuses_demonstration_seals_whose_marker_was_deleted(tmp_path: Path) -> None:
    settings = Settings(**production(tmp_path))  # type: ignore[arg-type]  # a table of settings
    organ = Seal(organ_id="office", holder="示例局", code="4201020000001")
    create(settings.seal_dir, [organ], bootstrap.system_clock)
    (settings.seal_dir / DEMONSTRATION_MARK).unlink(missing_ok=True)
    with pytest.raises(UnsafeForProduction, match="demonstration authority"):
        bootstrap.build(settings)


def test_production_refuses_the_demonstrations_key_for_evidence(tmp_path: Path) -> None:
    settings = Settings(**production(tmp_path))  # type: ignore[arg-type]  # a table of settings
    create(settings.seal_dir, [], bootstrap.system_clock)
    open_record_signer(settings.seal_dir, bootstrap.system_clock)
    with pytest.raises(UnsafeForProduction, match=r"records\.crt comes from a demonstration authority"):
        refuse_demonstration_seals(settings.seal_dir)
