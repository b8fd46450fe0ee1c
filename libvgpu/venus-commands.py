#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the arguments of venus's commands, as the Vulkan registry has them, into the table.

usage: venus-commands.py VK_XML TABLE          rewrites TABLE (venus-commands.def)
       venus-commands.py --check VK_XML TABLE  compares; names each command that differs

The table says itself which commands there are: their numbers are venus-protocol's, and the registry
does not know them. Commands that the registry does not have (MESA's own, newer ones) stay as they
are. What a parameter is on the wire follows venus-protocol's rules: a handle is 64 bits, a pointer
to one value 64 bits that say whether it is there, an array its 64-bit length and then the elements,
everything in units of four bytes. The first parameter that these rules, without the registry's
structs, do not cover becomes REST: from there on the command is not decoded.
"""
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

BASIC = {"uint32_t": "U32", "int32_t": "I32", "uint64_t": "U64", "int64_t": "I64", "float": "F32",
         "int": "I32", "size_t": "U64", "uint8_t": "U32", "uint16_t": "U32", "VkBool32": "U32",
         "VkDeviceSize": "U64", "VkDeviceAddress": "HEX64", "VkSampleMask": "HEX32",
         "VkFlags": "HEX32", "VkFlags64": "HEX64"}
ARRAYS = {"HANDLE", "U32", "I32", "U64", "HEX64", "F32"}


class Registry:
    def __init__(self, path):
        root = ElementTree.parse(path).getroot()
        self.kinds, self.commands, alias = dict(BASIC), {}, {}
        for t in root.findall("types/type"):
            name = t.get("name") or t.findtext("name")
            category = t.get("category")
            if t.get("alias"):
                alias[name] = t.get("alias")
            elif category == "handle":
                self.kinds[name] = "HANDLE"
            elif category == "enum":
                self.kinds[name] = "I32"
            elif category == "bitmask":
                self.kinds[name] = BASIC[t.findtext("type")]
        for name, other in alias.items():
            if other in self.kinds:
                self.kinds[name] = self.kinds[other]
        for e in root.findall("enums[@type='bitmask']"):
            self.kinds[e.get("name")] = "HEX32"
        for e in root.findall("enums[@bitwidth='64']"):
            self.kinds[e.get("name")] = "HEX64"
        for c in root.findall("commands/command"):
            if c.get("alias") or "vulkan" not in c.get("api", "vulkan").split(","):
                continue
            params = [p for p in c.findall("param")
                      if "vulkan" in p.get("api", "vulkan").split(",")]
            self.commands[c.findtext("proto/name")] = params

    def arguments(self, command):
        rows = []
        for p in self.commands[command]:
            kind = self.kind(p)
            rows.append(f"VGPU_VENUS_ARG({kind},{p.findtext('name')},NONE)")
            if kind == "REST":
                break
        wrapped = textwrap.wrap(" ".join(rows), 95, break_long_words=False)
        return [line.replace(",", ", ") for line in wrapped]

    def kind(self, param):
        base = self.kinds.get(param.findtext("type"))
        text = "".join(param.itertext())
        pointers, const, length = text.count("*"), "const " in text, param.get("len")
        if "[" in text:
            return base + "S" if const and base in ARRAYS else "REST"
        if not pointers:
            return base or "REST"
        if pointers > 1:
            return "REST"
        if param.findtext("type") == "VkAllocationCallbacks":
            return "NULL_POINTER"
        if const and length and "," not in length:
            if param.findtext("type") == "void":
                return "BYTES"
            return base + "S" if base in ARRAYS else "REST"
        if const and not length and base:
            return "REST"
        if not const and not length and base == "HANDLE":
            return "HANDLE_POINTER"
        return "REST"


COMMAND = re.compile(r"^VGPU_VENUS_CMD\((\d+), (\w+)\)$")


def rewrite(registry, lines):
    """The table's lines, with new arguments where the registry knows the command."""
    result, known = [], False
    for line in lines:
        start = COMMAND.match(line)
        if start:
            known = start.group(2) in registry.commands
            result.append(line)
            if known:
                result += registry.arguments(start.group(2))
        elif line.startswith("VGPU_VENUS_END("):
            known = False
            result.append(line)
        elif not known:
            result.append(line)
    return result


def by_command(lines):
    commands, rows = {}, None
    for line in lines:
        start = COMMAND.match(line)
        if start:
            rows = commands.setdefault(start.group(2), [])
        elif rows is not None:
            rows.append(line)
    return commands


def main():
    check = sys.argv[1:2] == ["--check"]
    if len(sys.argv) != 3 + check:
        sys.exit(__doc__)
    registry = Registry(sys.argv[1 + check])
    path = sys.argv[2 + check]
    with open(path, encoding="utf-8") as f:
        old = f.read().splitlines()
    new = rewrite(registry, old)
    if check:
        was, now = by_command(old), by_command(new)
        differ = [name for name in was if was[name] != now[name]]
        for name in differ:
            print(f"{name}: the registry says {now[name]}, the table {was[name]}")
        known = sum(name in registry.commands for name in was)
        print(f"{len(was)} commands, {known} of them in the registry")
        sys.exit(bool(differ) or known < 100)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(new) + "\n")


if __name__ == "__main__":
    main()
