#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the section 3 manual pages of a library from its public headers.

usage: headers.py VERSION DATE OUT MAP OVERVIEW HEADER...

Each HEADER, vgpu/x.h, becomes the page vgpu-x(3): its first comment is the description, the
declarations follow in its order, each with the comment that stands before it. Every function gets a
page of its own that refers there. OVERVIEW is an mdoc page in which @PAGES@, @ERRORS@, @VERSION@
and @DATE@ are filled in. A symbol of MAP that stands in no header is an error.
"""
import os
import re
import sys
import textwrap

BEGIN, END = r"^#pragma GCC visibility push", r"^#pragma GCC visibility pop"


def roff(line, code=False):
    """One line of text as roff shows it unchanged; `x` in prose is set as code."""
    line = line.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    line = line.replace("^", "\\(ha").replace("~", "\\(ti")
    if code:
        line = line.replace("`", "\\(ga")
    else:
        line = re.sub(r"`([^`]+)`", r"\\fB\1\\fP", line)
    return "\\&" + line if line[:1] == "." else line


def literal(lines, offset="indent"):
    return [f".Bd -literal -offset {offset}", *(roff(line.expandtabs(), True) for line in lines),
            ".Ed"]


def prose(lines):
    """Paragraphs, and what is indented in the comment as it stands there."""
    out, block, text = [], [], False

    def close():
        nonlocal block
        while block and not block[-1]:
            block.pop()
        if block:
            out.extend(literal(textwrap.dedent("\n".join(block).expandtabs()).split("\n")))
        block = []

    for line in lines:
        if line[:1] in "\t " and line.strip():
            block.append(line)
        elif not line.strip():
            block.append("") if block else None
            text = False
        else:
            close()
            if not text and out:
                out.append(".Pp")
            # A new sentence begins a line, so that roff sees its end.
            out.extend(roff(part) for part in re.split(r"(?<=[\w)\]\"`][.?!]) +", line))
            text = True
    close()
    return out


def comment_text(lines):
    text = [re.sub(r"^/\*+ ?" if i == 0 else r"^ ?\* ?", "", re.sub(r"\s*\*/$", "", line))
            for i, line in enumerate(lines)]
    while text and not text[0].strip():
        text.pop(0)
    while text and not text[-1].strip():
        text.pop()
    return text


def chunks(source):
    """(comment, code) pairs: a comment and what stands under it, each a list of lines."""
    comment, code, inside, run = [], [], False, []
    for line in source + [""]:
        if inside or (line.startswith("/*") and not run):
            if not inside and code:
                yield comment, code
                comment, code = [], []
            elif not inside and comment:
                yield comment, []
                comment = []
            comment.append(line)
            inside = "*/" not in line
            continue
        depth = "".join(run + [line])
        if line.strip() or depth.count("{") > depth.count("}"):
            run.append(line)
            if depth.count("{") > depth.count("}") or line.endswith("\\"):
                continue
        code += run
        run = []
        if not line.strip() and (comment or code):
            yield comment, code
            comment, code = [], []
    if comment or code:
        yield comment, code


def generated(define, include):
    """What a table's rows become: "VGPU_ERR_<name>, a row of <vgpu/errors.def> each"."""
    body = re.sub(r"^#define \w+\([^)]*\)", "", define).strip().rstrip(",")
    body = re.sub(r"##(\w+)##", r"<\1>", body)
    body = re.sub(r"##(\w+)", r"<\1>", body).replace("##", "")
    body = re.sub(r"\((\w+)\)", r"<\1>", body)
    return f"\t{body}, for each row of {include}"


def declarations(code):
    """The code as a reader wants it: no bodies of inline functions, no row macros."""
    out, define, skip, depth, joined = [], None, False, 0, ""
    for line in code:
        if line.endswith("\\"):
            joined += line[:-1].rstrip() + " "
            continue
        line, joined = joined + line, ""
        if skip:
            depth += line.count("{") - line.count("}")
            skip = depth > 0
            continue
        if line == "{":
            out[-1] += ";"
            depth, skip = 1, True
        elif re.match(r"#define \w+\(", line):
            define = line
        elif line.startswith("#include"):
            if define and depth > 0:
                out.append(generated(define, line.split()[1]))
        elif re.match(r"#define \w+ +\S", line):
            out.append(line)
        elif not line.startswith("#"):
            depth += line.count("{") - line.count("}")
            out.append(line)
    return out if depth == 0 else []


class Page:
    def __init__(self, path):
        self.header = "vgpu/" + os.path.basename(path)
        self.name = "vgpu-" + os.path.basename(path)[:-2]
        self.source = open(path, encoding="utf-8").read().splitlines()
        text = "\n".join(self.source)
        start = 1
        self.about = []
        if len(self.source) > 1 and self.source[1].startswith("/*"):
            start = next(i for i, line in enumerate(self.source[1:], 1) if "*/" in line) + 1
            self.about = comment_text(self.source[1:start])
        if not self.about:
            sys.exit(f"{path}: no comment says what it is for")
        self.functions = sorted(set(re.findall(r"^(?:\w[\w ]*[ *])?(vgpu_\w+)\(", text, re.M)))
        self.patterns = ["^" + re.sub(r"##\w+", r"\\w+", p) + "$"
                         for p in re.findall(r"\b(vgpu_\w+##\w+)\(", text)]
        self.undefined = [[name] for name in re.findall(r"^#undef (\w+)", text, re.M)]
        self.body = self.source[start:]
        for i, line in enumerate(self.body):
            if re.match(BEGIN, line):
                self.body = self.body[i + 1:]
                break
        for i, line in enumerate(self.body):
            if re.match(END, line) or (line == "#endif" and not "".join(self.body[i + 1:]).strip()):
                self.body = self.body[:i]
                break

    def title(self):
        first = re.split(r"[:.](?:\s|$)", " ".join(self.about))[0]
        word = first.split()[0]
        return first if len(word) > 1 and word.isupper() else first[0].lower() + first[1:]

    def holds(self, symbol):
        return symbol in self.functions or any(re.match(p, symbol) for p in self.patterns)

    def write(self, version, date, library, symbols):
        out = [f'.\\" Made from <{self.header}>: change that.', f".Dd {date}",
               f".Dt {self.name.upper()} 3", f".Os vgpu {version}", ".Sh NAME",
               f".Nm {self.name}", f".Nd {roff(self.title())}", ".Sh SYNOPSIS",
               f".In {self.header}", ".Pp", f"cc ... $(pkg\\-config \\-\\-cflags \\-\\-libs {library})",
               ".Sh DESCRIPTION", *prose(self.about)]
        for comment, code in chunks(self.body):
            # Not for readers: how headers hide things, and row macros that vanish again.
            if "clang-format" in "".join(comment) or re.match("#if", "".join(code)):
                continue
            code = [line for line in code if line.split()[1:2] not in self.undefined]
            text, code = prose(comment_text(comment)), declarations(code)
            if code:
                out += literal(code, "left")
            if text and code:
                out += [".Bl -item -offset indent", ".It", *text, ".El"]
            elif text:
                out += [".Pp", *text]
        made = sorted(s for s in symbols if self.holds(s) and s not in self.functions)
        if made:
            out += [".Ss Made from the table", *(f".Fn {s}" + (" ," if s != made[-1] else "")
                                                 for s in made)]
        out += [".Sh SEE ALSO", f".Xr {library} 3"]
        return "\n".join(out) + "\n"


def errors(path):
    rows = re.findall(r'^VGPU_ERROR\((\w+), (-\d+), "(.*)"\)', open(path).read(), re.M)
    return "\n".join(f".It Dv VGPU_ERR_{name} Pq {roff(number)}\n{roff(text)}"
                     for name, number, text in rows)


def main():
    if len(sys.argv) < 7:
        sys.exit(__doc__)
    version, date, out, symbol_map, overview, *headers = sys.argv[1:]
    library = os.path.basename(overview)[:-2]
    symbols = re.findall(r"^\s+(vgpu_\w+);", open(symbol_map).read(), re.M)
    pages = [Page(h) for h in headers]
    os.makedirs(out, exist_ok=True)

    def write(name, text):
        with open(f"{out}/{name}.3", "w", encoding="utf-8") as f:
            f.write(text)

    for page in pages:
        write(page.name, page.write(version, date, library, symbols))
        for function in {*page.functions, *(s for s in symbols if page.holds(s))}:
            write(function, f".so man3/{page.name}.3\n")
    missing = [s for s in symbols if not any(p.holds(s) for p in pages)]
    if missing:
        sys.exit("in no header: " + " ".join(missing))
    text = open(overview, encoding="utf-8").read()
    listed = "\n".join(f".It Xr {p.name} 3\n{roff(p.title())}" for p in pages)
    table = os.path.join(os.path.dirname(headers[0]), "errors.def")
    text = text.replace("@PAGES@", listed).replace("@VERSION@", version).replace("@DATE@", date)
    if "@ERRORS@" in text:
        text = text.replace("@ERRORS@", errors(table))
    write(library, text)


main()
