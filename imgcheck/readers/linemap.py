"""Which source line each byte of code came from: DWARF 2-5 line number programs (DWARF 5, section 6.2).

Reads the `.debug_line` of a linked ELF or of an object. The RISC-V assembler leaves nearly every address
advance of an object's program to relocations (pairs of ADD16/SUB16), so the caller hands the section
over with those applied, and `anchors` says which section each DW_LNE_set_address belongs to.

Written for speed: pyelftools takes 6.1 s for all line programs of a real OpenBL602.elf, and a prediction
needs the programs of every unit that a feature touches.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers.leb128 import signed, unsigned

_U32 = struct.Struct("<I")
_U16 = struct.Struct("<H")
_LONGEST_PATH = 4096  # PATH_MAX of the systems that compilers run on; hostile tables share longer strings


class Sequence(NamedTuple):
    """Rows of one contiguous piece of code, in address order as the program gives them.

    Every row is kept, also those that cover no byte: the rows of an object and of the ELF that it was linked
    into then pair off one to one, whatever relaxation did to the addresses between them.
    """

    section: int  # the object's section index; 0 in a linked ELF
    rows: tuple[tuple[int, int, int], ...]  # address, file number, line
    end: int


class Program(NamedTuple):
    """One unit's line number program, its header read and its opcodes not yet run."""

    offset: int  # of the unit in .debug_line, as DW_AT_stmt_list names it
    end: int
    body: int  # offset of the first opcode
    version: int
    min_length: int
    line_base: int
    line_range: int
    opcode_base: int
    lengths: bytes  # operand count of each standard opcode
    files: tuple[str, ...]  # path of each file number, "" for a number that names nothing


def programs(data: bytes, line_str: bytes = b"", strings: bytes = b"") -> Iterator[Program]:
    """Yields the header of each program in `.debug_line`; raises FormatError where one is broken."""
    offset = 0
    while offset + 4 <= len(data):
        program = _header(data, offset, line_str, strings)
        yield program
        offset = program.end


def run(
    data: bytes, program: Program, anchors: Mapping[int, tuple[int, int]] | None = None
) -> list[Sequence]:
    """Runs one program and gives its sequences.

    `anchors` maps the offset in `.debug_line` of each address operand to (section, offset in it).
    Raises FormatError for a program that leaves its unit.
    """
    try:
        return _run(data, program, anchors)
    except (struct.error, IndexError):
        where = f".debug_line {program.offset:#x}"
        raise FormatError("line number program is truncated", position=where) from None


def _run(data: bytes, program: Program, anchors: Mapping[int, tuple[int, int]] | None) -> list[Sequence]:
    sequences: list[Sequence] = []
    rows: list[tuple[int, int, int]] = []
    pos, end = program.body, program.end
    base = program.opcode_base
    advance, delta = _special(program)
    section, address, file, line = 0, 0, 1, 1
    column = 5 if program.lengths[4:5] == b"\1" else -1  # DW_LNS_set_column: one operand that nobody asks for
    while pos < end:
        op = data[pos]
        pos += 1
        if op >= base:
            address += advance[op]
            line += delta[op]
            rows.append((address, file, line))
        elif op == 1:  # DW_LNS_copy
            rows.append((address, file, line))
        elif op == column and data[pos] < 0x80:
            pos += 1
        elif op == 9:  # DW_LNS_fixed_advance_pc: what assemblers write in objects
            address += data[pos] | data[pos + 1] << 8
            pos += 2
        elif op == 3:  # DW_LNS_advance_line
            value = data[pos]
            if value < 0x80:  # most are one byte
                pos += 1
                line += value if value < 0x40 else value - 0x80
            else:
                value, pos = signed(data, pos)
                line += value
        elif op == 0:  # extended
            length, pos = unsigned(data, pos)
            if length == 0:
                continue
            sub = data[pos]
            if sub == 1:  # DW_LNE_end_sequence
                if rows:
                    sequences.append(Sequence(section, tuple(rows), address))
                    rows = []
                section, address, file, line = 0, 0, 1, 1
            elif sub == 2:  # DW_LNE_set_address; in mid-sequence too, where an advance does not fit
                if anchors is None:
                    address = _U32.unpack_from(data, pos + 1)[0]
                else:
                    section, address = anchors.get(pos + 1, (0, 0))
            pos += length
        elif op == 2:  # DW_LNS_advance_pc
            value, pos = unsigned(data, pos)
            address += value * program.min_length
        elif op == 4:  # DW_LNS_set_file
            file, pos = unsigned(data, pos)
        elif op == 8:  # DW_LNS_const_add_pc
            address += advance[255]
        else:
            for _ in range(program.lengths[op - 1]):
                _, pos = unsigned(data, pos)
    return sequences


def _special(program: Program) -> tuple[list[int], list[int]]:
    """What each special opcode adds to address and line: they are nine tenths of a linked program."""
    if program.line_range == 0:
        raise FormatError("line_range is zero", position=f".debug_line {program.offset:#x}")
    codes = [divmod(op - program.opcode_base, program.line_range) for op in range(256)]
    return [step * program.min_length for step, _ in codes], [program.line_base + line for _, line in codes]


def _string(data: bytes, pos: int) -> tuple[str, int]:
    end = data.index(b"\0", pos, pos + _LONGEST_PATH)
    return data[pos:end].decode("utf-8", "replace"), end + 1


def _header(data: bytes, offset: int, line_str: bytes, strings: bytes) -> Program:
    where = f".debug_line {offset:#x}"
    try:
        length = _U32.unpack_from(data, offset)[0]
        if length >= 0xFFFFFFF0:
            raise FormatError("64-bit DWARF in a 32-bit ELF", position=where)
        end = offset + 4 + length
        if end > len(data) or length < 10:
            raise FormatError("unit runs past its section", position=where)
        version = _U16.unpack_from(data, offset + 4)[0]
        if not 2 <= version <= 5:
            raise FormatError(f"line number program of DWARF version {version}", position=where)
        pos = offset + 6 + (2 if version >= 5 else 0)
        body = pos + 4 + _U32.unpack_from(data, pos)[0]
        pos += 4
        min_length = data[pos]
        pos += 3 if version >= 4 else 2  # version 4 added maximum_operations_per_instruction
        line_base = data[pos] - 256 if data[pos] > 127 else data[pos]
        line_range, opcode_base = data[pos + 1], data[pos + 2]
        lengths = bytes(data[pos + 3 : pos + 3 + max(opcode_base - 1, 0)])
        pos += 3 + len(lengths)
        if body > end or body < pos:
            raise FormatError("header runs past its unit", position=where)
        read = _files5 if version >= 5 else _files
        files = read(data, pos, body, line_str, strings)
    except (struct.error, IndexError, ValueError):
        raise FormatError("line number header is truncated", position=where) from None
    return Program(
        offset=offset,
        end=end,
        body=body,
        version=version,
        min_length=min_length,
        line_base=line_base,
        line_range=line_range,
        opcode_base=opcode_base,
        lengths=lengths,
        files=files,
    )


def _join(folder: str, name: str) -> str:
    return name if name.startswith("/") or not folder else f"{folder}/{name}"


def _files(data: bytes, pos: int, body: int, _line_str: bytes, _strings: bytes) -> tuple[str, ...]:
    """Versions 2-4: folder 0 is the compilation folder, which is not named here; file numbers start at 1."""
    folders = [""]
    while data[pos] and pos < body:
        folder, pos = _string(data, pos)
        folders.append(folder)
    pos += 1
    files = [""]
    while data[pos] and pos < body:
        name, pos = _string(data, pos)
        index, pos = unsigned(data, pos)
        _, pos = unsigned(data, pos)
        _, pos = unsigned(data, pos)
        files.append(_join(folders[index] if index < len(folders) else "", name))
    return tuple(files)


def _files5(data: bytes, pos: int, body: int, line_str: bytes, strings: bytes) -> tuple[str, ...]:
    """Version 5: folders and files are tables whose columns are described in front of them."""
    tables: list[list[tuple[str, int]]] = []
    for _ in range(2):
        columns = []
        count, pos = data[pos], pos + 1
        for _ in range(count):
            content, pos = unsigned(data, pos)
            form, pos = unsigned(data, pos)
            columns.append((content, form))
        rows, pos = unsigned(data, pos)
        table: list[tuple[str, int]] = []
        for _ in range(rows if columns else 0):
            if pos >= body:
                raise IndexError
            name, folder = "", 0
            for content, form in columns:
                value, pos = _form(data, pos, form, line_str, strings)
                if content == 1 and isinstance(value, str):  # DW_LNCT_path
                    name = value
                elif content == 2 and isinstance(value, int):  # DW_LNCT_directory_index
                    folder = value
            table.append((name, folder))
        tables.append(table)
    folders, files = tables
    return tuple(_join(folders[f][0] if f < len(folders) else "", name) for name, f in files)


def _form(data: bytes, pos: int, form: int, line_str: bytes, strings: bytes) -> tuple[str | int, int]:
    if form == 0x08:  # DW_FORM_string
        return _string(data, pos)
    if form in (0x1F, 0x0E):  # DW_FORM_line_strp, DW_FORM_strp
        table = line_str if form == 0x1F else strings
        at = _U32.unpack_from(data, pos)[0]
        return (_string(table, at)[0] if at < len(table) else ""), pos + 4
    if form == 0x0F:  # DW_FORM_udata
        return unsigned(data, pos)
    sizes = {0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x1E: 16}  # data1, data2, data4, data8, data16
    if form in sizes:
        return int.from_bytes(data[pos : pos + sizes[form]], "little"), pos + sizes[form]
    raise IndexError
