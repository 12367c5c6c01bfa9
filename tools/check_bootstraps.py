"""Checks that function binaries start on Lambda: which versions of glibc's symbols they need, and how large they are.

Usage: check_bootstraps.py --glibc 2.34 --ceiling-mb 6 target/lambda/webhook/bootstrap ...

It reads the version needs of the ELF file itself (section type SHT_GNU_verneed; System V ABI, and "Symbol Versioning" of
the Linux Standard Base), so that no tool but Python is needed.
"""

import argparse
import pathlib
import struct
import sys

SHT_STRTAB, SHT_GNU_VERNEED = 3, 0x6FFFFFFE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--glibc", required=True, type=version, help="the newest version that may be needed")
    parser.add_argument("--ceiling-mb", required=True, type=float, help="the size that may not be exceeded")
    parser.add_argument("binaries", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()

    faults = []
    for path in arguments.binaries:
        content = path.read_bytes()
        needed = max((version(name[6:]) for name in needed_versions(content) if is_glibc(name)), default=(0,))
        size = len(content) / 1024 / 1024
        print(f"{path}: {size:.1f} MB, needs glibc {written(needed)}")
        if needed > arguments.glibc:
            faults.append(f"{path} needs glibc {written(needed)}; Lambda has {written(arguments.glibc)}")
        if size > arguments.ceiling_mb:
            faults.append(f"{path} is larger than {arguments.ceiling_mb:g} MB")
    sys.exit("\n".join(faults) or None)


def version(text):
    return tuple(int(number) for number in text.split("."))


def written(numbers):
    return ".".join(map(str, numbers))


def is_glibc(name):
    return name.startswith("GLIBC_") and name[6:7].isdigit()


def needed_versions(elf):
    """The symbol versions, such as GLIBC_2.34, that a 64-bit little-endian ELF file needs from others."""
    if elf[:6] != b"\x7fELF\x02\x01":
        sys.exit("not a 64-bit little-endian ELF file")
    sections_at, = struct.unpack_from("<Q", elf, 0x28)
    entry_size, count = struct.unpack_from("<HH", elf, 0x3A)
    # name, type, flags, address, offset, size, link, info, ...
    sections = [struct.unpack_from("<IIQQQQII", elf, sections_at + index * entry_size) for index in range(count)]
    for _, kind, _, _, need, _, link, files in sections:
        if kind != SHT_GNU_VERNEED:
            continue
        strings = sections[link][4]
        for _ in range(files):
            _, versions, _, first, next_need = struct.unpack_from("<HHIII", elf, need)
            entry = need + first
            for _ in range(versions):
                _, _, _, name, next_entry = struct.unpack_from("<IHHII", elf, entry)
                start = strings + name
                yield elf[start : elf.index(b"\0", start)].decode()
                entry += next_entry
            need += next_need


if __name__ == "__main__":
    main()
