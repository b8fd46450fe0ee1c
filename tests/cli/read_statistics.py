# SPDX-License-Identifier: MIT
"""The statistics in a summary frame, from formats/trace-format.md alone, beside the records."""

TOTALS = ("records first_ns last_ns commands responses errors unanswered unanswered_fenced orphans "
          "frames request_bytes response_bytes memory_bytes lost epochs traces processes "
          "contexts").split()


class Numbers:
    """Numbers in groups of 7 bits, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                return value

    def some(self, n):
        return [self.take() for _ in range(n)]

    def text(self):
        return bytes(self.some(self.take())).decode("latin-1")

    def series(self):
        count = self.take()
        return [count] + self.some(7) if count else [0]


def near(series, values):
    """Count, min, mean and max are exact, percentiles within 0.4 %."""
    assert series[0] == len(values), f"{series[0]} values, not {len(values)}"
    if not values:
        return
    values = sorted(values)
    n = len(values)
    assert series[1] == values[0] and series[7] == values[-1], "min, max"
    assert series[2] == sum(values) // n, "mean"
    for got, per_mille in zip(series[3:7], (500, 900, 990, 999)):
        want = values[max(-(-n * per_mille // 1000), 1) - 1]
        assert abs(got - want) <= want * 0.004 + 1, f"p{per_mille / 10}: {got}, not {want}"


def word(data, at):
    return int.from_bytes(data[at:at + 4], "little")


class Counts:
    """What the records say."""

    def __init__(self):
        self.t = dict.fromkeys(TOTALS, 0)
        self.losses, self.rows, self.scanouts = {}, {}, {}
        self.processes, self.contexts = {}, []
        self.pending, self.showing = {}, {}
        self.times = []

    def forget(self):
        for row, _, fenced, expected in self.pending.values():
            row["unanswered"] += expected
            self.t["unanswered"] += expected
            self.t["unanswered_fenced"] += expected and fenced
        self.pending, self.showing = {}, {}

    def show(self, request, time_ns):
        kind = word(request, 0)
        if kind in (0x103, 0x10d) and len(request) >= 48:  # SET_SCANOUT, SET_SCANOUT_BLOB
            self.showing[word(request, 40)] = word(request, 44)
        elif kind == 0x102 and len(request) >= 32:  # RESOURCE_UNREF
            self.showing = {s: r for s, r in self.showing.items() if r != word(request, 24)}
        elif kind == 0x104 and len(request) >= 48:  # RESOURCE_FLUSH
            return [s for s, r in self.showing.items() if r and r == word(request, 40)]
        return []

    def command(self, r, time_ns):
        request = bytes.fromhex(r["request_hex"])
        head = request if len(request) >= 24 else bytes(24)
        fenced = word(head, 4) & 1
        row = self.rows.setdefault((min(r["queue"], 1), word(head, 0)), {
            "count": 0, "fenced": 0, "bytes": 0, "responses": 0, "errors": 0, "unanswered": 0,
            "latency": ([], [])})
        row["count"] += 1
        row["fenced"] += fenced
        row["bytes"] += len(request)
        self.t["commands"] += 1
        self.t["request_bytes"] += len(request)
        if r["pid"]:
            self.processes.setdefault(r["pid"], [0, ""])[0] += 1
        self.pending[int(r["id"])] = (row, time_ns, fenced, int(r["response_size"] > 0))
        for scanout in self.show(request, time_ns) if len(request) >= 24 else []:
            self.t["frames"] += 1
            self.scanouts.setdefault(scanout, []).append(time_ns)

    def response(self, r, time_ns):
        response = bytes.fromhex(r["response_hex"])
        self.t["responses"] += 1
        self.t["response_bytes"] += len(response)
        if int(r["id"]) not in self.pending:
            self.t["orphans"] += 1
            return
        row, sent, fenced, _ = self.pending.pop(int(r["id"]))
        error = len(response) >= 24 and not 0x1100 <= word(response, 0) < 0x1200
        row["responses"] += 1
        row["errors"] += error
        self.t["errors"] += error
        row["latency"][1 - fenced].append(max(time_ns - sent, 0))

    def add(self, r):
        name, time_ns = r["record"], int(r["time_ns"])
        self.t["records"] += 1
        if name not in ("HEADER", "END"):
            self.times.append(time_ns)
        if name in ("HEADER", "EPOCH"):
            self.t["traces" if name == "HEADER" else "epochs"] += 1
            self.forget()
        elif name == "COMMAND":
            self.command(r, time_ns)
        elif name == "RESPONSE":
            self.response(r, time_ns)
        elif name == "MEMORY":
            self.t["memory_bytes"] += len(r["bytes_hex"]) // 2
        elif name == "SNAPSHOT":
            self.show(bytes.fromhex(r["request_hex"]), time_ns)
        elif name == "LOST":
            self.t["lost"] += int(r["count"])
            loss = self.losses.setdefault(r["what"], [0, 0])
            loss[0] += int(r["count"])
            loss[1] += int(r["bytes"])
        elif name == "PROCESS":
            process = self.processes.setdefault(r["pid"], [0, ""])
            if not process[1] or r["pid"] == r["tid"]:
                process[1] = r["comm"]
        elif name == "CONTEXT":
            self.contexts.append([r["ctx_id"], r["pid"], r["capset"], r["name"][:63]])


def check(statistics, records):
    """Asserts that the statistics are those of the records. Within the lists' limits."""
    n, c = Numbers(statistics), Counts()
    for r in records:
        c.add(r)
    c.forget()
    c.t.update(first_ns=min(c.times, default=0), last_ns=max(c.times, default=0),
               processes=len(c.processes), contexts=len(c.contexts))
    totals = dict(zip(TOTALS, n.some(len(TOTALS))))
    assert totals == c.t, f"totals: {totals}, not {c.t}"
    losses = [n.some(2) for _ in range(n.take())]
    assert losses == [c.losses.get(i, [0, 0]) for i in range(max(c.losses, default=-1) + 1)]
    keys = []
    for _ in range(n.take()):
        keys.append(tuple(n.some(2)))
        row = c.rows[keys[-1]]
        assert n.some(6) == [row[k] for k in list(row)[:6]], f"commands {keys[-1]}"
        near(n.series(), row["latency"][0])
        near(n.series(), row["latency"][1])
    assert keys == sorted(c.rows), "rows of commands"
    scanouts = []
    for _ in range(n.take()):
        scanouts.append(n.take())
        times = c.scanouts[scanouts[-1]]
        assert n.take() == len(times), "frames"
        near(n.series(), [b - a for a, b in zip(times, times[1:]) if b >= a])
    assert scanouts == sorted(c.scanouts)
    processes = {n.take(): [n.take(), n.text()] for _ in range(n.take())}
    assert processes == c.processes, f"{processes}, not {c.processes}"
    assert [n.some(3) + [n.text()] for _ in range(n.take())] == c.contexts
    assert n.at == len(statistics), "more than is told of"
