"""`multipart/form-data`, from memory to memory: bodies are small enough, and no file touches the disk.

Source of the format: RFC 7578, and RFC 2046 section 5.1.
"""

from __future__ import annotations

from email.message import Message

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
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
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
            header = Message()
            header["content-disposition"] = value.strip().replace("\r", " ").replace("\n", " ")
            name = header.get_param("name", header="content-disposition")
            if header.get_content_disposition() == "form-data" and isinstance(name, str):
                return FormPart(name, header.get_filename(), content)
    raise InvalidValueError("a part of the form has no name")
