"""The pickle inside a PyTorch checkpoint, read as data: no class is looked up and nothing is called.

A pickle is a program for a stack machine. This one knows the instructions that build tuples, lists, dicts,
texts and numbers, and a few globals (`tensor_globals`); anything else is refused by its name.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable
from typing import Any

from voxaffect.errors import reason_of
from voxaffect.weights.errors import CheckpointError
from voxaffect.weights.tensor_globals import allowed_global, build, named_storage, set_items

MOST_BYTES = 4 * 2**20
"""Of the pickle alone, without tensors: a checkpoint of 1,000 tensors takes some 200 kB."""


def read_pickle(data: bytes) -> Any:
    """What a pickle describes, of dicts, lists, tuples, texts, numbers and `StoredTensor`.

    Raises:
        CheckpointError: a global or an instruction that tensors do not need, or damage.
    """
    if len(data) > MOST_BYTES:
        raise CheckpointError(f"its pickle takes {len(data)} bytes, more than {MOST_BYTES}")
    machine = _Machine()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in names, which are refused anyway
            for opcode, argument, _ in pickletools.genops(data):
                if opcode.name == "STOP":
                    return machine.pop()
                machine.step(opcode.name, argument)
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise CheckpointError(f"its pickle is damaged: {reason_of(error)}") from error
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
            set_items(self._top_of(dict), items[::2], items[1::2])
        elif name == "GLOBAL":
            self._stack.append(allowed_global(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            member, module = self.pop(), self.pop()
            self._stack.append(allowed_global(module, member))
        elif name == "BINPERSID":
            self._stack.append(named_storage(self.pop()))
        elif name == "REDUCE":
            arguments, function = self.pop(), self.pop()
            self._stack.append(build(function, arguments))
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
_VALUES = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}
_VALUES |= {"BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
_NO_EFFECT = {"PROTO", "FRAME"}
