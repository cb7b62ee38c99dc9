"""The few globals that a pickled tensor needs: each stands for itself, and what it builds is checked here."""

from __future__ import annotations

import math
from typing import Any

import attrs

from voxaffect.weights.errors import CheckpointError

MOST_DIMENSIONS = 8

STORAGE_DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}


@attrs.frozen
class Global:
    """A name that the pickle may mention: never more than a name."""

    module: str
    name: str


@attrs.frozen
class StoredTensor:
    """Where a tensor lies: elements of a storage, all counts in elements and 0 or more."""

    storage_key: str
    storage_size: int
    dtype: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@attrs.frozen
class Storage:
    """A run of elements of one type, in an entry of the archive of its own."""

    key: str
    size: int
    dtype: str


_ORDERED_DICT = Global("collections", "OrderedDict")
_REBUILD = Global("torch._utils", "_rebuild_tensor_v2")
_ALLOWED = {_ORDERED_DICT, _REBUILD, *(Global("torch", name) for name in STORAGE_DTYPES)}
_KEY_TYPES = (str, int, float, type(None))  # a deep tuple as a key would overflow the C stack when hashed


def allowed_global(module: Any, name: Any) -> Global:
    """The global of that name.

    Raises:
        CheckpointError: tensors do not need it.
    """
    if type(module) is str and type(name) is str and (found := Global(module, name)) in _ALLOWED:
        return found
    said = f"{module}.{name}"[:200] if type(module) is type(name) is str else "something that is no name"
    raise CheckpointError(
        f"its pickle asks for {said!r}; only tensors are read, nothing was executed. "
        "With PyTorch, if you trust the file: voxaffect weights extract --trust"
    )


def named_storage(identifier: Any) -> Storage:
    """The storage that a persistent id names: ("storage", its type, its key, a device, its size).

    Raises:
        CheckpointError: the id is of another form.
    """
    match identifier:
        case ("storage", Global("torch", name), str(key), str(), int(size)) if (
            type(identifier) is tuple
            and name in STORAGE_DTYPES
            and key.isascii()
            and key.isdecimal()
            and type(size) is int
            and size >= 0
        ):
            return Storage(key, size, STORAGE_DTYPES[name])
    raise CheckpointError("its pickle has a persistent id that names no storage")


def build(function: Any, arguments: Any) -> dict[Any, Any] | StoredTensor:
    """What a global makes of its arguments.

    Raises:
        CheckpointError: it is no constructor, or the arguments make no sense.
    """
    if type(arguments) is not tuple:
        raise CheckpointError("its pickle calls something without a tuple of arguments")
    if function == _ORDERED_DICT:
        return _ordered_dict(*arguments)
    if function == _REBUILD:
        return _tensor(*arguments)
    raise CheckpointError("its pickle calls something that is no constructor of tensors")


def _ordered_dict(*arguments: Any) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    if arguments:
        pairs = arguments[0]
        if type(pairs) is not list or not all(type(p) in (list, tuple) and len(p) == 2 for p in pairs):
            raise CheckpointError("its pickle makes an OrderedDict of something that is no list of pairs")
        set_items(made, [key for key, _ in pairs], [value for _, value in pairs])
    return made


def set_items(target: dict[Any, Any], keys: list[Any], values: list[Any]) -> None:
    """Fill a dict.

    Raises:
        CheckpointError: a key that is no plain text or number.
    """
    if len(keys) != len(values) or not all(isinstance(key, _KEY_TYPES) for key in keys):
        raise CheckpointError("its pickle has a dict whose keys are no plain texts or numbers")
    target.update(zip(keys, values, strict=True))


def _tensor(*arguments: Any) -> StoredTensor:
    """The arguments of `torch._utils._rebuild_tensor_v2`, checked against the storage that they name."""
    storage, offset, shape, strides = (*arguments, None, None, None, None)[:4]
    if (
        type(storage) is not Storage
        or not (type(shape) is type(strides) is tuple and len(shape) == len(strides) <= MOST_DIMENSIONS)
        or not all(type(count) is int and 0 <= count < 2**48 for count in (offset, *shape, *strides))
        or math.prod(max(size, 1) for size in shape) >= 2**48
    ):
        raise CheckpointError("its pickle has a tensor whose storage, offset, shape or strides make no sense")
    n_elements = math.prod(shape)
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    # More elements than the storage would be one value repeated, however small the file.
    if n_elements > storage.size or (n_elements and last >= storage.size):
        raise CheckpointError(
            f"its pickle has a tensor of shape {shape} that reaches outside its {storage.size} elements"
        )
    return StoredTensor(storage.key, storage.size, storage.dtype, offset, shape, strides)
