#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace dump chooses commands, colors, writes to a file; the filter language on a made trace.
# usage: vgpu-dump.sh BUILD
O=$(cd "${1:-build}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
trace() { "$O/vgpu-trace" "$@"; }
check "make-trace" "$O/tests/cli/make-trace" t.vgpu.zst loss
trace dump --json t.vgpu.zst >all.json
trace dump t.vgpu.zst >all.txt

# same NAME ARGS...: what dump prints with ARGS is what the second implementation chooses from the
# whole dump by NAME, as text and as JSON.
cat >choose.py <<'END'
import json, sys
lines = [(line, json.loads(line)) for line in open("all.json")]
start = int(lines[0][1]["time_ns"])
answers = {r["id"]: r for _, r in lines if r["record"] == "RESPONSE"}
names = {r["pid"]: r["comm"] for _, r in lines if r["record"] == "PROCESS"}
frames, commands = 0, {}
for _, r in lines:
    if r["record"] != "COMMAND":
        continue
    q, a = r["request"], answers.get(r["id"])
    shown = q["cmd"] == "RESOURCE_FLUSH"  # of the one resource that the one scanout shows
    c = commands[r["id"]] = dict(
        num=r["id"], type=q["cmd"], ctx=q["hdr"]["ctx_id"], res=q.get("resource_id"), pid=r["pid"],
        process=names[r["pid"]], frame=frames + 1, time=(int(r["time_ns"]) - start) / 1e9,
        queue=r["queue"], fenced="FENCE" in q["hdr"]["flags"]["names"], size=r["request_size"],
        error=bool(a and a["response"] and a["response"]["resp"].startswith("ERR")),
        answered=bool(a), latency=(int(a["time_ns"]) - int(r["time_ns"])) / 1e6 if a else -1)
    frames += shown
keep = {i for i, c in commands.items() if eval(sys.argv[1], {}, c)}
assert 0 < len(keep) < len(commands), len(keep)
for line, r in lines:
    kind = r["record"]
    if (kind in ("HEADER", "EPOCH", "LOST") or
            kind in ("COMMAND", "RESPONSE", "STAGE") and r["id"] in keep):
        sys.stdout.write(line)
END
same() {
	python=$1
	shift
	check "choose.py $python" sh -c "python3 choose.py '$python' >expected.json"
	trace dump --json "$@" t.vgpu.zst >got.json
	check "dump --json $*" cmp expected.json got.json
	# In text: the same lines as in the whole dump.
	grep -o '"record":"COMMAND".*"id":[0-9]*' expected.json | grep -oE '[0-9]+$' |
		awk 'NR == FNR { keep[$1]; next } $2 ~ /^(EPOCH|LOST)$/ || $1 in keep' - all.txt >expected.txt
	trace dump "$@" t.vgpu.zst >got.txt
	check "dump $*" diff expected.txt got.txt
}
same 'type == "RESOURCE_FLUSH"' -F RESOURCE_FLUSH
same 'type == "RESOURCE_FLUSH"' -F 'type == 0x104'
same 'type in ("RESOURCE_FLUSH", "SET_SCANOUT")' -t RESOURCE_FLUSH -t SET_SCANOUT
same 'type.startswith("TRANSFER_")' -t 'transfer_*'
same 'res == 77' --res 77
same 'pid == 322' --pid 322
same 'process == "painter"' --process 'paint*'
same "process == \"cursor \\\"x\\\"\"" -F 'process cursor* && pid 322'
same 'frame >= 3 and frame <= 5' --frame 3-5
same 'frame == 20' --frame 20
same 'frame >= 20' --frame 20-
same 'num >= 7 and num <= 9 or num == 44' --num 7-9 --num 44
same 'num <= 9' -F 'num ..9'
same 'time >= 0.1 and time <= 0.2' --time 0.1-0.2
same 'queue == 1' -F 'queue cursor'
same 'fenced' -F fenced
same 'not fenced and size > 50' -F '!fenced && size > 50'
same 'error' --errors
same 'answered and latency > 0.25' -F 'latency > 250us'
same 'answered and 0.2 <= latency <= 0.21 or error' -F 'latency 200us..210us || error'
same 'not answered' -F '!answered'
same 'not (answered and latency > 0.25)' -F '!(latency > 250us)'
same 'type == "RESOURCE_FLUSH" and frame < 9 and latency > 0.305' \
	-t RESOURCE_FLUSH --frame 1-8 -F 'latency > 305us'

# No commands left: what changes the meaning of commands stays.
trace dump -F 'ctx 99' t.vgpu.zst >got.txt
check "nothing chosen" sh -c '[ "$(wc -l <got.txt)" = 2 ] && grep -q EPOCH got.txt && grep -q LOST got.txt'
trace dump -F '' t.vgpu.zst | cmp - all.txt
check "an empty filter chooses all" [ $? = 0 ]
trace dump -v -F 'num 5' t.vgpu.zst >got.txt
check "verbose, chosen" sh -c "grep -q 'seqno=5 ' got.txt && ! grep -q MEMORY got.txt"

# Wrong expressions point at the place.
refused() { # ARGS... MARK TEXT
	trace dump "$1" "$2" t.vgpu.zst >out 2>err
	check "$1 $2: status 2" [ $? = 2 ]
	if grep -qF -- "$4" err && [ "$(sed -n 3p err)" = "$3" ]; then ok; else
		fail "$1 $2 does not say \"$4\" at: $3"
		cat err
	fi
}
refused -F 'fenced && laten > 1ms' '              ^' '"laten" is neither a field'
refused -F 'latency > 1minute' '              ^' '"1minute" is no time'
refused --frame '5-3' '             ^' 'ends before it begins'
refused --num 'x' '        ^' '"x" is no number'
refused --type NONSENSE '         ^' 'no command is named "NONSENSE"'
check "help filter names every field" sh -c "
	'$O/vgpu-trace' help filter >help
	sed -n 's/^VGPU_FILTER_FIELD(\([a-z]*\),.*/\1/p' '$here/../../formats/include/vgpu/filter.def' |
		while read -r f; do grep -q \"^  \$f \" help || exit 1; done"

# Color only where it is wanted.
esc=$(printf '\033')
check "no color in a pipe" sh -c "! grep -q '$esc' all.txt"
trace dump --color=always t.vgpu.zst >got.txt
check "--color=always" grep -q "$esc\[31mERR_INVALID_RESOURCE_ID" got.txt
check "color apart, the same" sh -c "sed 's/$esc\[[0-9]*m//g' got.txt | cmp - all.txt"
terminal() { script -qec "$1" /dev/null | tr -d '\r'; }
if command -v script >/dev/null; then
	terminal "$O/vgpu-trace dump t.vgpu.zst" >got.txt
	check "color on a terminal" grep -q "$esc\[31mERR" got.txt
	NO_COLOR=1 terminal "$O/vgpu-trace dump t.vgpu.zst" >got.txt
	check "NO_COLOR" cmp got.txt all.txt
	TERM=dumb terminal "$O/vgpu-trace dump t.vgpu.zst" >got.txt
	check "TERM=dumb" cmp got.txt all.txt
	terminal "$O/vgpu-trace dump --color=never t.vgpu.zst" >got.txt
	check "--color=never" cmp got.txt all.txt
	# A slow pipe: progress after a second, none with --quiet, none when it is quick.
	slow="(head -c 5000 t.vgpu.zst; sleep 1.2; tail -c +5001 t.vgpu.zst)"
	for i in 1 2 3 4 5 6 7 8 9 10; do cat t.vgpu.zst; done >ten.vgpu.zst
	slow="(head -c 5000 ten.vgpu.zst; sleep 1.2; tail -c +5001 ten.vgpu.zst)"
	terminal "$slow | $O/vgpu-trace dump - >slow.txt" >got.txt
	check "progress" grep -q "MiB read, 1 s" got.txt
	check "a dump beside progress" cmp -n 2000 slow.txt all.txt
	terminal "$slow | $O/vgpu-trace dump -q - >slow.txt" >got.txt
	check "no progress with --quiet" [ ! -s got.txt ]
	terminal "$O/vgpu-trace dump ten.vgpu.zst >slow.txt" >got.txt
	check "no progress within a second" [ ! -s got.txt ]
else
	skip "script(1) is not here: no terminal to try"
fi

# The schema holds for what is printed, and for nothing else.
cat >validate.py <<'END'
import copy, json, sys
import jsonschema
schema = json.load(open("schema.json"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
lines = [json.loads(line) for path in sys.argv[1:] for line in open(path)]
kinds = {}
for line in lines:
    for error in validator.iter_errors(line):
        sys.exit(f"{line}\n{list(error.absolute_path)}: {error.message[:200]}")
    name = (line.get("request") or {}).get("cmd") or (line.get("response") or {}).get("resp")
    kinds[line["record"], name] = line


def spoil(value):  # every way to take away or change one member, but of the loosely described
    for key in value if isinstance(value, dict) else range(len(value)):
        if key in ("stream", "text", "command_line") or str(key).startswith("padding"):
            continue
        other = copy.copy(value)
        other[key] = True
        yield key, other
        if isinstance(value[key], (dict, list)):
            for where, inner in spoil(value[key]):
                other = copy.copy(value)
                other[key] = inner
                yield f"{key}.{where}", other


tried = 0
for line in kinds.values():
    if line["record"] is None:
        continue
    for where, bad in spoil(line):
        assert not validator.is_valid(bad), f"{where} of {line} may be true"
        tried += 1
    for key in line:
        if key not in ("schema_version", "body_size") and not key.endswith(("_hex", "_name")):
            bad = {k: v for k, v in line.items() if k != key}
            fixed = key in schema["required"] or key in schema["definitions"][
                f"whole_record_{line['record']}"]["allOf"][1]["anyOf"][0]["required"]
            assert not fixed or not validator.is_valid(bad), f"{key} of {line} may be missing"
            tried += 1
print(len(lines), "lines,", len(kinds), "kinds,", tried, "spoilt ones")
END
for python in python3 /usr/bin/python3; do
	$python -c "import jsonschema" 2>/dev/null && break
	python=
done
check "--schema" sh -c "'$O/vgpu-trace' dump --schema >schema.json"
if [ -n "$python" ]; then
	trace dump --json --raw t.vgpu.zst | head -60 >raw.json
	check "make-busy-trace" "$O/tests/cli/make-busy-trace" busy.vgpu.zst 300
	check "make-replay-trace" "$O/tests/cli/make-replay-trace" 3d 3d.vgpu.zst
	trace dump --json busy.vgpu.zst >busy.json
	trace dump --json 3d.vgpu.zst >3d.json
	check "schema" $python validate.py all.json raw.json busy.json 3d.json
else
	skip "python3-jsonschema is not here: the schema is not tried"
fi

# The largest commands, and no answer comes: what waits for one stays within bounds.
python3 - "$here" <<'END' | trace repack - -q --level 1 -o large.zst
import os, struct, sys
sys.path.insert(0, sys.argv[1])
from plain_trace import Trace
t, size = Trace(), 15 << 20
for _ in range(4):
    t.request(struct.pack("<IIQIIII", 0x207, 0, 0, 1, 0, size, 0) + os.urandom(size))
t.write("/dev/stdout", end=True)
END
check "large commands" python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
assert 30 << 10 <= used <= 64 << 10, f"{used} KiB"' "$O/vgpu-trace" dump large.zst
rm -f large.zst

# Into a file.
check "-o" trace dump -o file.txt t.vgpu.zst
check "-o: the same" cmp file.txt all.txt
check "-o: for its owner alone" [ "$(stat -c %a file.txt)" = 600 ]
trace dump -o file.txt t.vgpu.zst 2>err
check "-o does not overwrite" [ $? = 1 ]
check "-o says so" grep -q "file.txt exists: -f" err
chmod 644 file.txt
check "-f -o overwrites" trace dump -f -o file.txt -t SET_SCANOUT t.vgpu.zst
check "-f -o: for its owner alone, too" [ "$(stat -c %a file.txt)" = 600 ]
check "-o: a device needs no -f" trace dump -o /dev/null t.vgpu.zst
check "-f -o: the new one" sh -c '[ "$(grep -c SET_SCANOUT file.txt)" = 1 ]'
trace dump -o /nonexistent/x t.vgpu.zst 2>err
check "-o to nowhere" [ $? = 1 ]
trace dump --color=sometimes t.vgpu.zst 2>err
check "--color=sometimes" [ $? = 2 ]
finish
