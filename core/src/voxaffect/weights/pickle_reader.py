"""The pickle inside a PyTorch checkpoint, read as data: no class is looked up and nothing is called.

A pickle is a program for a stack machine. This one knows the instructions that build tuples, lists, dicts,
texts and numbers; the few globals below stand for themselves, and anything else is refused by its name.
"""

from __future__ import annotations

import math
import pickletools
from collections.abc import Callable
from typing import Any

import attrs

from voxaffect.weights.errors import CheckpointError

MOST_BYTES = 4 * 2**20
"""Of the pickle alone, without tensors: a checkpoint of 1,000 tensors takes some 200 kB."""

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
class _Storage:
    key: str
    size: int
    dtype: str


_ORDERED_DICT = Global("collections", "OrderedDict")
_REBUILD = Global("torch._utils", "_rebuild_tensor_v2")
_ALLOWED = {_ORDERED_DICT, _REBUILD, *(Global("torch", name) for name in STORAGE_DTYPES)}
_KEY_TYPES = (str, int, float, type(None))  # a deep tuple as a key would overflow the C stack when hashed


def read_pickle(data: bytes) -> Any:
    """What a pickle describes, of dicts, lists, tuples, texts, numbers and `StoredTensor`.

    Raises:
        CheckpointError: a global or an instruction that tensors do not need, or damage.
    """
    if len(data) > MOST_BYTES:
        raise CheckpointError(f"its pickle takes {len(data)} bytes, more than {MOST_BYTES}")
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "STOP":
                return machine.pop()
            machine.step(opcode.name, argument)
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise CheckpointError(f"its pickle is damaged: {error}") from error
    raise CheckpointError("its pickle has no end")


class _Machine:
    """The stack machine; see the comments of `pickletools` for what each instruction does."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._below_marks: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def pop(self) -> Any:
        return self._stack.pop()

    def step(self, name: str, argument: Any) -> None:
        if name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]())
        elif name in _VALUES:
            self._stack.append(argument)
        elif name in _NO_EFFECT:
            pass
        elif name in ("BINPUT", "LONG_BINPUT"):
            self._memo[argument] = self._stack[-1]
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = self._stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            self._stack.append(self._memo[argument])
        elif name == "MARK":
            self._below_marks.append(self._stack)
            self._stack = []
        elif name == "TUPLE":
            items = self._since_mark()
            self._stack.append(tuple(items))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            items = [self.pop() for _ in range(int(name[-1]))]
            self._stack.append(tuple(reversed(items)))
        elif name in ("APPEND", "APPENDS"):
            items = [self.pop()] if name == "APPEND" else self._since_mark()
            self._top_of(list).extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = [self.pop(), self.pop()][::-1] if name == "SETITEM" else self._since_mark()
            _set_items(self._top_of(dict), items[::2], items[1::2])
        elif name == "GLOBAL":
            self._stack.append(_allowed(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            member, module = self.pop(), self.pop()
            self._stack.append(_allowed(module, member))
        elif name == "BINPERSID":
            self._stack.append(_storage(self.pop()))
        elif name == "REDUCE":
            arguments, function = self.pop(), self.pop()
            self._stack.append(_build(function, arguments))
        elif name == "BUILD":
            self.pop()  # PyTorch's `_metadata`: versions of modules
            self._top_of(dict)
        else:
            raise CheckpointError(f"its pickle has the instruction {name}, which no tensor needs")

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._below_marks.pop()
        return items

    def _top_of(self, kind: type) -> Any:
        if type(self._stack[-1]) is not kind:
            raise CheckpointError(f"its pickle fills something that is no {kind.__name__}")
        return self._stack[-1]


_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
_VALUES = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"} | {
    "BINUNICODE",
    "SHORT_BINUNICODE",
    "BINUNICODE8",
}
_NO_EFFECT = {"PROTO", "FRAME"}


def _allowed(module: Any, name: Any) -> Global:
    if type(module) is str and type(name) is str and (found := Global(module, name)) in _ALLOWED:
        return found
    said = f"{module}.{name}"[:200] if type(module) is type(name) is str else "something that is no name"
    raise CheckpointError(
        f"its pickle asks for {said!r}; only tensors are read, nothing was executed. "
        "With PyTorch, if you trust the file: voxaffect weights extract --trust"
    )


def _storage(identifier: Any) -> _Storage:
    match identifier:
        case ("storage", Global("torch", name), str(key), str(), int(size)) if (
            type(identifier) is tuple
            and name in STORAGE_DTYPES
            and key.isascii()
            and key.isdecimal()
            and type(size) is int
            and size >= 0
        ):
            return _Storage(key, size, STORAGE_DTYPES[name])
    raise CheckpointError("its pickle has a persistent id that names no storage")


def _build(function: Any, arguments: Any) -> Any:
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
        _set_items(made, [key for key, _ in pairs], [value for _, value in pairs])
    return made


def _set_items(target: dict[Any, Any], keys: list[Any], values: list[Any]) -> None:
    if len(keys) != len(values) or not all(isinstance(key, _KEY_TYPES) for key in keys):
        raise CheckpointError("its pickle has a dict whose keys are no plain texts or numbers")
    target.update(zip(keys, values, strict=True))


def _tensor(*arguments: Any) -> StoredTensor:
    """The arguments of `torch._utils._rebuild_tensor_v2`, checked against the storage that they name."""
    storage, offset, shape, strides = (*arguments, None, None, None, None)[:4]
    if (
        type(storage) is not _Storage
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
