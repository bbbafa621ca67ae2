"""The tree against published roots and proofs, against the definition of the RFC, and against forgers."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.errors import ProofRefused
from signing.transparency.merkle import (
    EMPTY_ROOT,
    MemoryNodes,
    completed_by,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# Eight entries, the roots of the first 1 to 8 of them, and proofs: the values that implementations of
# certificate transparency publish and test themselves with.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(hash_)
    for hash_ in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def grown(leaves: list[bytes]) -> MemoryNodes:
    nodes = MemoryNodes()
    for size, leaf in enumerate(leaves):
        for level, index, hash_ in completed_by(nodes, size, leaf):
            nodes.add(level, index, hash_)
    return nodes


def defined_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(defined_root(leaves[:split]), defined_root(leaves[split:]))


def unhex(hashes: list[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(hash_) for hash_ in hashes)


REFERENCE = grown([leaf_hash(entry) for entry in ENTRIES])


def test_empty_tree_has_hash_of_nothing():
    assert root(MemoryNodes(), 0) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_published_ones(size: int):
    assert root(REFERENCE, size) == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int):
    assert inclusion_proof(REFERENCE, index, size) == unhex(INCLUSION[index, size])


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(first: int, second: int):
    assert consistency_proof(REFERENCE, first, second) == unhex(CONSISTENCY[first, second])


leaves_of_trees = st.lists(st.binary(max_size=4), min_size=1, max_size=70).map(
    lambda entries: [leaf_hash(entry) for entry in entries]
)


@given(leaves=leaves_of_trees, data=st.data())
def test_every_leaf_is_proven_and_no_other(leaves: list[bytes], data: st.DataObject):
    nodes, size = grown(leaves), len(leaves)
    root_hash = root(nodes, size)
    assert root_hash == defined_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(nodes, index, size)
    verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root_hash=root_hash)
    with pytest.raises(ProofRefused):
        verify_inclusion(
            leaf=leaf_hash(b"never logged"), index=index, size=size, proof=proof, root_hash=root_hash
        )


@given(leaves=leaves_of_trees, data=st.data())
def test_every_prefix_is_consistent_and_a_changed_past_is_not(leaves: list[bytes], data: st.DataObject):
    nodes, size = grown(leaves), len(leaves)
    first = data.draw(st.integers(1, size))
    proof = consistency_proof(nodes, first, size)
    old, new = root(nodes, first), root(nodes, size)
    verify_consistency(first=first, first_root=old, second=size, second_root=new, proof=proof)
    changed = data.draw(st.integers(0, first - 1))
    other = root(grown([*leaves[:changed], leaf_hash(b"never logged"), *leaves[changed + 1 : first]]), first)
    with pytest.raises(ProofRefused):
        verify_consistency(first=first, first_root=other, second=size, second_root=new, proof=proof)


@settings(max_examples=200)
@given(leaves=leaves_of_trees, data=st.data())
def test_no_altered_inclusion_proof_holds(leaves: list[bytes], data: st.DataObject):
    nodes, size = grown(leaves), len(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = list(inclusion_proof(nodes, index, size))
    match data.draw(st.sampled_from(["flip", "drop", "add", "cut", "move"])):
        case "flip" if proof:
            at = data.draw(st.integers(0, len(proof) - 1))
            proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
        case "drop" if proof:
            del proof[data.draw(st.integers(0, len(proof) - 1))]
        case "cut" if proof:
            proof[-1] = proof[-1][:-1]
        case "move" if size > 1 and len(set(leaves)) == size:
            index = (index + data.draw(st.integers(1, size - 1))) % size
            with pytest.raises(ProofRefused):
                verify_inclusion(
                    leaf=leaves[index - 1], index=index, size=size, proof=proof, root_hash=root(nodes, size)
                )
            return
        case _:
            proof.append(b"\0" * 32)
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root_hash=root(nodes, size))


@pytest.mark.parametrize(("index", "size"), [(1, 1), (-1, 1), (0, 0), (9, 8)])
def test_leaf_outside_the_tree_has_no_proof(index: int, size: int):
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(REFERENCE, index, size)
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf=ROOTS[0], index=index, size=size, proof=(), root_hash=ROOTS[0])


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (-1, 2)])
def test_a_tree_begins_with_no_larger_or_empty_one(first: int, second: int):
    with pytest.raises(ValueError, match="no proof"):
        consistency_proof(REFERENCE, first, second)
    with pytest.raises(ProofRefused):
        verify_consistency(first=first, first_root=ROOTS[0], second=second, second_root=ROOTS[2], proof=())


def test_equal_trees_need_no_proof_and_take_none():
    verify_consistency(first=3, first_root=ROOTS[2], second=3, second_root=ROOTS[2], proof=())
    with pytest.raises(ProofRefused):
        verify_consistency(first=3, first_root=ROOTS[2], second=3, second_root=ROOTS[3], proof=())
    with pytest.raises(ProofRefused):
        verify_consistency(first=3, first_root=ROOTS[2], second=3, second_root=ROOTS[2], proof=ROOTS[:1])


def test_nodes_follow_each_other():
    with pytest.raises(ValueError, match="does not follow"):
        MemoryNodes().add(0, 1, ROOTS[0])
