"""`multipart/form-data`, from memory to memory: bodies are small enough, and no file touches the disk.

Source of the format: RFC 7578, and RFC 2046 section 5.1.
"""

from __future__ import annotations

from email.message import Message
from email.utils import collapse_rfc2231_value

import attrs

from voxaffect.errors import InvalidValueError

MOST_PARTS = 16
MOST_HEADER_BYTES = 4096
MOST_BOUNDARY_CHARACTERS = 70
"""Source: RFC 2046 section 5.1.1."""


@attrs.frozen
class FormPart:
    """One field or file; `file` is the name that the client's file has, None for a field."""

    name: str
    file: str | None
    content: bytes = attrs.field(repr=False)

    def text(self) -> str:
        """Of a field.

        Raises:
            InvalidValueError: it is not UTF-8.
        """
        try:
            return self.content.decode()
        except UnicodeDecodeError as error:
            raise InvalidValueError(f"the form's field {self.name!r:.100} is not UTF-8") from error


def read_form(content_type: str, body: bytes) -> list[FormPart]:
    """The parts of a form, in order.

    Args:
        content_type: the request's whole header, with its boundary.

    Raises:
        InvalidValueError: it is no form, breaks off, or has too many parts.
    """
    boundary = _parameter("content-type", content_type, "boundary")
    if not boundary or len(boundary) > MOST_BOUNDARY_CHARACTERS or not boundary.isascii():
        raise InvalidValueError("the form's Content-Type names no boundary")
    delimiter = b"\r\n--" + boundary.encode()
    _, *parts = (b"\r\n" + body).split(delimiter, MOST_PARTS + 1)
    found: list[FormPart] = []
    for part in parts:
        if part.startswith(b"--"):
            return found
        found.append(_part(part))
    raise InvalidValueError(f"the form breaks off or has more than {MOST_PARTS} parts")


def _part(part: bytes) -> FormPart:
    head, end, content = part.partition(b"\r\n\r\n")
    if not end or len(head) > MOST_HEADER_BYTES:
        raise InvalidValueError("a part of the form has no header or too long a one")
    for line in head.decode("utf-8", "replace").split("\r\n"):
        field, _, value = line.partition(":")
        if field.strip().lower() == "content-disposition":
            value = value.strip().replace("\r", " ").replace("\n", " ")
            name = _parameter(field, value, "name")
            if value.partition(";")[0].strip().lower() == "form-data" and name is not None:
                return FormPart(name, _parameter(field, value, "filename"), content)
    raise InvalidValueError("a part of the form has no name")


def _parameter(field: str, value: str, name: str) -> str | None:
    """Of a header, by RFC 2231; None where it is not there.

    Raises:
        InvalidValueError: it says that it is in an encoding which it is not in.
    """
    header = Message()
    header["x"] = value
    found = header.get_param(name, header="x")
    try:
        return None if found is None else collapse_rfc2231_value(found).rstrip()
    except ValueError as error:
        raise InvalidValueError(f"the form's {field.strip()} has a {name} that cannot be decoded") from error
