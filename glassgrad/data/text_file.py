"""The text of a file, or a plain word on why it is none."""

from __future__ import annotations

import codecs
from pathlib import Path

from ..spelling import suggestion
from .errors import DataError, quoted


def read_text(path: Path, encoding: str) -> bytes:
    """Return a text file, gzipped or not, as bytes of UTF-8, perhaps with a byte-order mark.

    Bytes rather than text, because a stream over text takes four bytes for each character.

    Raises:
        DataError: there is no such file, it is a folder, may not be read, is damaged, is empty, or
            is no text in this encoding; then the message tells the first wrong byte and its line.
    """
    data = _unzip(_read(path), path)
    if data.startswith(b"PK\x03\x04"):
        raise DataError(
            f"{path} is a zip archive: an Excel workbook (.xlsx), perhaps. Open it and save the"
            " sheet as CSV (UTF-8)."
        )
    try:
        text = data.decode(encoding)
    except LookupError:
        raise DataError(
            f"Python knows no text encoding {encoding!r}; try 'utf-8', 'windows-1252' or 'utf-16'."
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(_not_encoded(data, path, encoding, error.start)) from None
    if not text.strip():
        raise DataError(f"{path} is empty.")
    if "\0" in text:
        where = text.index("\0")
        raise DataError(
            f"{path} is no text file: character {where} (line {text.count(chr(10), 0, where) + 1})"
            " is NUL. If it is text in UTF-16, pass encoding='utf-16'; else export it as CSV first."
        )
    return data if codecs.lookup(encoding).name == "utf-8" else text.encode()


def _read(path: Path) -> bytes:
    if path.is_dir():
        files = sorted(f.name for f in path.iterdir() if f.is_file())
        inside = f" It holds {quoted(files, 5)}." if files else ""
        raise DataError(f"{path} is a folder; name a file in it.{inside}")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder = path.parent
        near = suggestion(path.name, [f.name for f in folder.iterdir()] if folder.is_dir() else [])
        where = "" if folder.is_dir() else f" (there is no folder {folder} either)"
        raise DataError(f"There is no file {path}{where}.{near}") from None
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}.") from None


def _unzip(data: bytes, path: Path) -> bytes:
    """Take off gzip, known by its first two bytes whatever the file is called."""
    if data[:2] != b"\x1f\x8b":
        return data
    import gzip
    import zlib

    try:
        return gzip.decompress(data)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path} is a gzip file that is cut short or damaged ({error}). Copy it again."
        ) from None


def _not_encoded(data: bytes, path: Path, encoding: str, where: int) -> str:
    """Name the first byte that is wrong in this encoding, and the encoding that may be right."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return (
            f"{path} is text in UTF-16, not in {encoding.upper()}: pass encoding='utf-16', or save"
            " it as CSV (UTF-8)."
        )
    start = data.rfind(b"\n", 0, where) + 1
    line_number = data.count(b"\n", 0, where) + 1
    message = (
        f"{path}, line {line_number}: byte {where} (0x{data[where]:02x}) is no {encoding.upper()}. "
    )
    if codecs.lookup(encoding).name != "utf-8":
        return message + "Pass the encoding in which the file was saved."
    line = data[start : where + 30].splitlines()[0].decode("windows-1252", errors="replace")
    return (
        f"{message}The file was saved in another encoding, on Windows most often windows-1252, in"
        f" which this line begins {line[-60:]!r}. If that reads well, pass encoding='windows-1252';"
        " or save the file as UTF-8."
    )
