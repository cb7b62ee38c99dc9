"""Checkpoints that were made to do harm, or damaged: refused with the reason, nothing executed."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voxaffect.weights import CheckpointError, read_tensors

PROTO, STOP, MARK = b"\x80\x02", b".", b"("
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def integer(value: int) -> bytes:
    encoded = pickle.encode_long(value)
    return b"\x8a" + bytes([len(encoded)]) + encoded


def integers(values: tuple[int, ...]) -> bytes:
    return MARK + b"".join(map(integer, values)) + b"t"


def storage(key: str = "0", *, size: int = 6, kind: str = "FloatStorage") -> bytes:
    return (
        MARK
        + text("storage")
        + f"ctorch\n{kind}\n".encode()
        + text(key)
        + text("cpu")
        + integer(size)
        + b"tQ"
    )


def tensor(
    *,
    shape: tuple[int, ...] = (2, 3),
    strides: tuple[int, ...] = (3, 1),
    offset: int = 0,
    of: bytes = storage(),
) -> bytes:
    hooks = b"ccollections\nOrderedDict\n)R"
    return (
        REBUILD + MARK + of + integer(offset) + integers(shape) + integers(strides) + b"\x89" + hooks + b"tR"
    )


def state(value: bytes, *, before: bytes = b"") -> bytes:
    """The pickle of {"model": {"w": value}}, after the instructions `before`."""
    return PROTO + before + b"}" + text("model") + b"}" + text("w") + value + b"ss" + STOP


def archive(program: bytes, *, data: bytes = np.arange(6, dtype="<f4").tobytes()) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a/data.pkl", program)
        made.writestr("a/data/0", data)
    return file.getvalue()


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[..., str]:
    """refusal(bytes, suffix): why a file of these bytes is refused."""

    def refused(content: bytes, suffix: str = ".pt") -> str:
        path = tmp_path / f"hostile{suffix}"
        path.write_bytes(content)
        with pytest.raises(CheckpointError) as error:
            read_tensors(path)
        return str(error.value)

    return refused


def test_what_the_attacks_are_made_from_is_itself_read(tmp_path: Path) -> None:
    path = tmp_path / "sound.pt"
    path.write_bytes(archive(state(tensor())))
    assert np.array_equal(read_tensors(path)["w"], [[0, 1, 2], [3, 4, 5]])


def attacks(canary: Path) -> dict[str, bytes]:
    """Programs that create the canary under `pickle.load`, in every way that a pickle can call something."""
    command, call = text(f"touch {canary}"), text(f"open({str(canary)!r}, 'w').close()")
    system = b"cposix\nsystem\n"
    name = text("os") + text("system") + b"\x93"
    return {
        "REDUCE": system + command + b"\x85R",
        "STACK_GLOBAL": b"\x80\x04" + name + command + b"\x85R",
        "builtins.eval": b"cbuiltins\neval\n" + call + b"\x85R",
        "builtins.exec": b"cbuiltins\nexec\n" + call + b"\x85R",
        "__builtin__ of Python 2": b"c__builtin__\neval\n" + call + b"\x85R",
        "getattr chain": b"cbuiltins\ngetattr\ncos\npath\n"
        + text("os")
        + b"\x86R"
        + b"0"
        + system
        + command
        + b"\x85R",
        "functools.partial": b"cfunctools\npartial\n" + system + command + b"\x86R)R",
        "operator.methodcaller": b"coperator\nmethodcaller\n" + text("system") + command + b"\x86R"
        b"cbuiltins\n__import__\n" + text("os") + b"\x85R\x85R",
        "INST": MARK + command + b"iposix\nsystem\n",
        "OBJ": MARK + system + command + b"o",
        "NEWOBJ": b"csubprocess\nPopen\n" + MARK + text("touch") + text(str(canary)) + b"l\x85\x81",
        "NEWOBJ_EX": b"csubprocess\nPopen\n" + MARK + text("touch") + text(str(canary)) + b"l\x85}\x92",
        "torch.load": b"ctorch\nload\n" + text(str(canary)) + b"\x85R",
        "torch.hub.load": b"ctorch.hub\nload\n" + command + b"\x85R",
        "numpy's own loader": b"cnumpy\nload\n" + command + b"\x85R",
        "BUILD with a state of a class": b"cargparse\nNamespace\n)R}" + text("x") + system + b"sb",
        "dunder import": b"cbuiltins\n__import__\n" + text("antigravity") + b"\x85R",
        "a dotted name": b"\x80\x04"
        + text("torch._utils")
        + text("_rebuild_tensor_v2.__globals__")
        + b"\x93)R",
        "a global called directly": b"ctorch\nFloatStorage\n)R",
        "the tensor's constructor inherited": REBUILD + b"}" + text("__code__") + system + b"sb",
    }


@pytest.mark.parametrize("name", attacks(Path("x")))
def test_a_pickle_that_calls_anything_is_refused_and_nothing_runs(
    name: str, tmp_path: Path, refusal: Callable[..., str]
) -> None:
    canary = tmp_path / "canary"
    attack = attacks(canary)[name]
    for program in (state(attack), state(tensor(), before=attack + b"0"), PROTO + attack + STOP):
        assert "its pickle" in refusal(archive(program))
    assert not canary.exists()


def test_the_attacks_are_real(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    done = 0
    for name in ("REDUCE", "STACK_GLOBAL", "builtins.eval", "functools.partial", "INST", "OBJ"):
        pickle.loads(state(attacks(canary)[name]))
        assert canary.exists(), name
        canary.unlink()
        done += 1
    assert done == 6


def test_a_refused_global_is_named(refusal: Callable[..., str]) -> None:
    said = refusal(archive(state(b"cposix\nsystem\n" + text("true") + b"\x85R")))
    assert "posix.system" in said
    assert "nothing was executed" in said


@pytest.mark.parametrize(
    ("instruction", "program"),
    [
        ("EXT1", b"\x82\x01"),
        ("EXT2", b"\x83\x01\x00"),
        ("EXT4", b"\x84\x01\x00\x00\x00"),
        ("PERSID", b"P0\n"),
    ],
)
def test_instructions_that_no_tensor_needs_are_refused(
    instruction: str, program: bytes, refusal: Callable[..., str]
) -> None:
    assert f"the instruction {instruction}," in refusal(archive(state(program)))


@pytest.mark.parametrize(
    "identifier",
    [
        text("0"),
        b")",
        integer(3),
        b"N",
        MARK + text("storage") + b"t",
        MARK + text("module") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + integer(6) + b"t",
        MARK + text("storage") + text("FloatStorage") + text("0") + text("cpu") + integer(6) + b"t",
        MARK + text("storage") + b"ctorch\nFloatStorage\n" + text("../0") + text("cpu") + integer(6) + b"t",
        MARK + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + integer(-1) + b"t",
        MARK + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"\x88t",
        MARK + text("storage") + REBUILD + text("0") + text("cpu") + integer(6) + b"t",
    ],
)
def test_persistent_ids_of_odd_shapes_are_refused(identifier: bytes, refusal: Callable[..., str]) -> None:
    assert "persistent id" in refusal(archive(state(identifier + b"Q")))


@pytest.mark.parametrize(
    "hostile",
    [
        tensor(offset=1),
        tensor(shape=(2, 3), strides=(4, 1)),
        tensor(shape=(7,), strides=(1,)),
        tensor(shape=(2**40,), strides=(0,)),
        tensor(shape=(2**47, 2**47, 0), strides=(1, 1, 1)),
        tensor(shape=(-1, 3)),
        tensor(offset=-6),
        tensor(strides=(-3, -1)),
        tensor(shape=(2, 3), strides=(1,)),
        tensor(shape=(1,) * 60, strides=(1,) * 60),
        tensor(of=integer(6)),
        tensor(of=tensor()),
        REBUILD + b")R",
        REBUILD + MARK + storage() + b"tR",
        REBUILD + MARK + storage() + b"NNN" + b"tR",
    ],
)
def test_tensors_that_reach_outside_their_storage_are_refused(
    hostile: bytes, refusal: Callable[..., str]
) -> None:
    assert "has a tensor" in refusal(archive(state(hostile)))


def test_a_storage_that_claims_more_than_its_bytes_is_refused(refusal: Callable[..., str]) -> None:
    for size in (7, 2**40):
        assert "has 24 bytes" in refusal(archive(state(tensor(of=storage(size=size)))))
    assert "has 0 bytes" in refusal(archive(state(tensor(of=storage("1")))))


def test_what_is_no_tensor_is_named(refusal: Callable[..., str]) -> None:
    assert "these are no tensors: w" in refusal(archive(state(integer(3))))
    assert "no dict" in refusal(archive(PROTO + integer(3) + STOP))


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_neither_crashes_nor_passes(depth: int, refusal: Callable[..., str]) -> None:
    nested = b")" + b"\x85" * depth
    assert "no tensors" in refusal(archive(state(nested)))
    assert "plain texts or numbers" in refusal(
        archive(state(b"}" + nested + b"Ns"))
    )  # hashing it would crash
    assert "persistent id" in refusal(archive(state(nested + b"Q")))
    assert "tensor" in refusal(archive(state(REBUILD + nested + b"\x85R")))


@pytest.mark.parametrize(
    "program",
    [
        b"",
        PROTO,
        PROTO + STOP,
        PROTO + b"t" + STOP,
        PROTO + b"0" + STOP,
        PROTO + b"h\x05" + STOP,
        PROTO + b"s" + STOP,
        PROTO + b"X\xff\xff\xff\xffa" + STOP,
        b"\x80\x04\x8d" + b"\xff" * 8 + STOP,  # a text of 2**64 bytes
        b"\x80\x04\x95" + b"\xff" * 8 + STOP,  # a frame of as many
        PROTO + b"Nr\xff\xff\xff\xff" + STOP,  # a memo that C would allocate 32 GB for
        PROTO + b"\x8b\xff\xff\xff\x7f" + STOP,  # a number of 2**31 bytes
        PROTO + b"\xff" + STOP,
    ],
)
def test_damaged_pickles_are_refused(program: bytes, refusal: Callable[..., str]) -> None:
    assert "its pickle" in refusal(archive(program))


def test_an_endless_pickle_is_not_read(refusal: Callable[..., str]) -> None:
    assert "more than" in refusal(archive(PROTO + b"N" * 2**22 + STOP))


def zipped(*entries: tuple[str, bytes], **options: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in entries:
            made.writestr(zipfile.ZipInfo(name) if not options else name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "name", ["../../evil", "/etc/passwd", "a/../../b", "a\\b", "C:evil", "a//b", "./a", "a/\x1b[31m", ".."]
)
@pytest.mark.parametrize("suffix", [".pt", ".npz"])
def test_entries_with_path_tricks_are_refused(name: str, suffix: str, refusal: Callable[..., str]) -> None:
    content = zipped(("a/data.pkl", state(tensor())), ("a/data/0", bytes(24)), (name, b"x"))
    assert "no plain relative path" in refusal(content, suffix)


@pytest.mark.parametrize("suffix", [".pt", ".npz"])
def test_compressed_entries_are_refused(suffix: str, refusal: Callable[..., str]) -> None:
    bomb = zipped(
        ("a/data.pkl", state(tensor())), ("a/data/0", bytes(10**7)), compression=zipfile.ZIP_DEFLATED
    )
    assert "compressed" in refusal(bomb, suffix)


def test_two_entries_of_one_name_are_refused(refusal: Callable[..., str]) -> None:
    assert "two entries" in refusal(zipped(("a/data.pkl", b"x"), ("a/data.pkl", state(tensor()))))


def test_two_pickles_or_none_are_refused(refusal: Callable[..., str]) -> None:
    assert "data.pkl" in refusal(zipped(("a/data.pkl", b"x"), ("b/data.pkl", b"x")))
    assert "data.pkl" in refusal(zipped(("a/data", b"x")))


def patched(content: bytes, at: int, value: int, form: str) -> bytes:
    changed = bytearray(content)
    struct.pack_into(form, changed, at, value)
    return bytes(changed)


def central(content: bytes, number: int) -> int:
    """Where an entry stands in the directory."""
    at = content.index(b"PK\x01\x02")
    for _ in range(number):
        at = content.index(b"PK\x01\x02", at + 4)
    return at


def test_a_directory_that_lies_is_refused(refusal: Callable[..., str]) -> None:
    sound = archive(state(tensor()))
    second = central(sound, 1)
    same = patched(sound, second + 42, 0, "<I")  # the second entry begins where the first does
    assert "overlaps" in refusal(same) or "another name" in refusal(same)
    longer = patched(patched(sound, second + 20, 10**9, "<I"), second + 24, 10**9, "<I")
    assert "overlaps" in refusal(longer)
    assert "no header" in refusal(patched(sound, second + 42, 5, "<I"))
    assert "encrypted" in refusal(patched(sound, second + 8, 1, "<H"))
    assert "another name" in refusal(sound.replace(b"a/data/0", b"a/data/1", 1))


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"PK\x03\x04", b"\x80\x02\x8a\nl\xfc", b"{}" * 500, bytes(4096)]
)
@pytest.mark.parametrize("suffix", [".pt", ".npz", ".safetensors"])
def test_other_files_are_refused(content: bytes, suffix: str, refusal: Callable[..., str]) -> None:
    assert "hostile" in refusal(content, suffix)


def test_the_format_before_pytorch_1_6_is_named(refusal: Callable[..., str]) -> None:
    assert "before 1.6" in refusal(pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2))


def test_other_endings_are_refused(refusal: Callable[..., str]) -> None:
    assert "weights are read from .pt" in refusal(b"", ".pkl")


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def test_python_objects_in_an_npz_are_refused(tmp_path: Path, refusal: Callable[..., str]) -> None:
    class Attack:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "canary",)

    assert "never unpickled" in refusal(npz(a=np.array([Attack()], object)), ".npz")
    assert not (tmp_path / "canary").exists()


def test_an_npz_whose_header_claims_another_size_is_refused(refusal: Callable[..., str]) -> None:
    sound = npz(a=np.zeros((10, 10)))
    assert "not those of" in refusal(sound.replace(b"(10, 10)", b"(10, 99)"), ".npz")
    assert "no array of numbers" in refusal(sound.replace(b"(10, 10)", b"exit( )0"), ".npz")
    assert "no array of numbers" in refusal(sound.replace(b"\x93NUMPY", b"\x93DUMPY"), ".npz")


def safetensors(header: Any, data: bytes = bytes(8)) -> bytes:
    written = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(written)) + written + data


GOOD = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    "content",
    [
        safetensors({"w": {**GOOD, "shape": [3]}}),
        safetensors({"w": {**GOOD, "shape": [-2]}}),
        safetensors({"w": {**GOOD, "shape": [2**62, 2**62, 0], "data_offsets": [0, 0]}}, b""),
        safetensors({"w": {**GOOD, "shape": [True, 2]}}),
        safetensors({"w": {**GOOD, "dtype": "O"}}),
        safetensors({"w": {**GOOD, "data_offsets": [8, 0]}}),
        safetensors({"w": {**GOOD, "data_offsets": [0, 8, 8]}}),
        safetensors({"w": {**GOOD, "data_offsets": [4, 12]}}, bytes(12)),
        safetensors({"w": {**GOOD, "data_offsets": [0, 2**60]}}),
        safetensors({"w": GOOD, "v": GOOD}),
        safetensors({"w": {**GOOD, "hook": "os.system"}}),
        safetensors({"w": GOOD}, bytes(9)),
        safetensors({"w": GOOD}, bytes(7)),
        safetensors({"w": 3}),
        safetensors([]),
        safetensors(b"[" * 100_000),
        safetensors(b'{"w": ' * 100_000),
        safetensors(json.dumps({"w": GOOD})[:-1].encode() + b"," + json.dumps({"w": GOOD})[1:].encode()),
        struct.pack("<Q", 2**63) + b"{}",
        safetensors(b"\xff\xfe"),
    ],
)
def test_safetensors_whose_header_lies_are_refused(content: bytes, refusal: Callable[..., str]) -> None:
    assert "hostile.safetensors" in refusal(content, ".safetensors")


SOUND = {
    ".pt": archive(state(tensor())),
    ".npz": npz(w=np.arange(6, dtype="<f4").reshape(2, 3)),
    ".safetensors": safetensors({"w": {**GOOD, "shape": [2, 3], "data_offsets": [0, 24]}}, bytes(24)),
}
fuzzing = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(data=st.data(), suffix=st.sampled_from(sorted(SOUND)))
@fuzzing
def test_a_file_cut_off_anywhere_is_refused(data: st.DataObject, suffix: str, tmp_path: Path) -> None:
    whole = SOUND[suffix]
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(CheckpointError):
        read_tensors(path)


@given(data=st.data(), suffix=st.sampled_from(sorted(SOUND)))
@fuzzing
def test_a_damaged_file_is_refused_or_read_but_never_crashes(
    data: st.DataObject, suffix: str, tmp_path: Path
) -> None:
    content = bytearray(SOUND[suffix])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(content)
    try:
        tensors = read_tensors(path)
    except CheckpointError:
        return
    assert sum(array.nbytes for array in tensors.values()) <= 8 * len(content)


@given(program=st.binary(max_size=40))
@fuzzing
def test_random_programs_are_refused_or_hold_nothing(program: bytes, tmp_path: Path) -> None:
    path = tmp_path / "random.pt"
    path.write_bytes(archive(PROTO + program))
    with contextlib.suppress(CheckpointError):
        assert read_tensors(path) == {}  # as of "}.", which makes an empty dict
