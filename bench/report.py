#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Makes tables and verdicts of what bench/guest.sh left: times by the client's clock, counts from strace's logs.
# usage: report.py FOLDER TSV    exit 0: done; 1: a count that is promised is another, or a log is not whole
import re
import statistics
import sys
from collections import defaultdict
from pathlib import Path

# "middle" is a get of an entry in the middle, without which "get" is of the last one; the bare TA has no "mv".
FILE_OPERATIONS = ("create", "replace", "get", "middle", "stat", "mv", "rm")
KEY_OPERATIONS = ("generate_p256", "sign_p256", "sign_rsa2048", "decrypt_p256", "decrypt_rsa2048", "decrypt_x25519",
                  "encrypt_x25519", "encrypt_p256", "encrypt_rsa2048")
OPERATIONS = FILE_OPERATIONS + ("ls", "empty", "puts", "batch", "random", "across", "seal", "open", "seal_gcm", "open_gcm") + KEY_OPERATIONS
# Those that are shown by themselves: on many files at once, on places in a large one, on bare bytes.
BULK = OPERATIONS[OPERATIONS.index("puts"):]
SMALL = 4096
GROWTH_SIZE = 1024
COST_LIMIT = 1.25
EXTRAPOLATED = (1000, 10000)
# How many times cheaper than the bare TA the vault must be, and aims to be, among so many: (objects, must, aim).
CHEAPER = {
    "create": ("durable put of 1 KiB by bare create-and-write", ((10, 20, 50), (300, 400, 1000), (1000, 1000, 3000))),
    "middle": ("get of 1 KiB in the middle by bare open-and-read", ((10, 20, 35), (300, 200, 500), (1000, 500, 1500))),
}
PUT_GROWTH = (10, 100000, 2.0, 1.5)
LIST_EACH = (10000, 0.7, 0.2)
BATCH = 64
BATCH_CALLS = 3
BATCH_EACH = (0.5, 0.35)
# How many times cheaper than the bare TA 1 MiB must be, and aims to be.
MIB = 1 << 20
MIB_CHEAPER = {"create": ("put of 1 MiB by bare create-and-write", 5, 9), "get": ("get of 1 MiB by bare open-and-read", 4, 8)}
# The AEAD alone over the same bytes, as a share of what a large file costs: (operation of the bare TA, must, aim).
LARGE = 64 << 20
LARGE_GCM = 8 << 20
SHARE = {"create": ("put", "seal", 0.70, 0.90), "get": ("get", "open", 0.70, 0.90)}
CHUNK = 4096
PLACE = (2.0, 1.5)
# Keys by the bare TA's GP calls alone: (operation, size, at most).
MESSAGE = 1024
KEYS = (("generate_p256", 0, 1.15), ("sign_p256", 0, 1.3), ("sign_rsa2048", 0, 1.3), ("decrypt_p256", MESSAGE, 1.3),
        ("decrypt_rsa2048", MESSAGE, 1.3), ("decrypt_x25519", MESSAGE, 1.3))
MANY_KEYS = 1.2
# GP's calls alone by what a large message costs: (operation, the AEAD, the key's operation beside it or none).
LARGE_MESSAGE = 16 << 20
MESSAGE_SHARE = 0.7
MESSAGES = (("encrypt_x25519", "seal", None), ("decrypt_x25519", "open", None), ("encrypt_p256", "seal_gcm", None), ("decrypt_p256", "open_gcm", None),
            ("encrypt_rsa2048", "seal_gcm", None), ("decrypt_rsa2048", "open_gcm", "decrypt_rsa2048"))
# What a vault's operation on up to SMALL bytes does: (TEE calls at the most, syncs). No supplicant call ever.
PROMISED = {"random": (1, 0), "create": (2, 1), "replace": (2, 1), "rm": (2, 1), "mv": (3, 1), "get": (1, 0), "middle": (1, 0), "stat": (1, 0)}

LINE = re.compile(r"^(\d+)\s+(.*)$")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
CALL = re.compile(r"^(\w+)\((.*)$")
MARK = re.compile(r'"/bench/(begin|end|failed)/(\w+)/(\d+)"')
PATH = re.compile(r'"([^"]*)"')
DESCRIPTOR = re.compile(r"\d+")
AT_START = re.compile(r", 0\) += ")
RESULT = re.compile(r"\) += (-?\d+)(?: [^)]*(?:\([^)]*\))?)?$")
UNFINISHED = " <unfinished ...>"
WRITES = ("write", "pwrite64", "writev", "pwritev")
SYNCS = ("fsync", "fdatasync", "sync_file_range")
O_DSYNC = 0o10000


class Counts:
    """What one operation did, by all processes together."""

    def __init__(self):
        self.tee_calls = 0
        self.tee_ioctls = 0
        self.supplicant_calls = 0
        self.syncs = 0
        self.bytes = 0
        # SQLite copied its log into the database, began the log anew, or synced its folder, as the first commit of each
        # process does: more than what every change costs.
        self.is_special = False


class Trace:
    """Follows strace's log: which descriptors are synced, and which operation is under way."""

    def __init__(self, path):
        self.supplicant = set()
        self.synced = defaultdict(set)  # process: descriptors
        self.paths = defaultdict(dict)  # process: descriptor: path
        self.pending = {}
        self.current = None
        self.counts = {}
        for line in path.read_text(errors="replace").splitlines():
            self.take(line)
        if self.current is not None:
            raise ValueError(f"{path.name}: ends within an operation")
        if not self.counts:
            raise ValueError(f"{path.name}: has no operation")

    def process(self, thread):
        return "supplicant" if thread in self.supplicant else thread

    def take(self, line):
        if line.startswith("# open "):
            pid, number, flags = line.split()[2:]
            self.supplicant.add(pid)
            if int(flags, 8) & O_DSYNC:
                self.synced["supplicant"].add(int(number))
            return
        match = LINE.match(line)
        if not match:
            return
        thread, text = match.groups()
        resumed = RESUMED.match(text)
        if resumed:
            text = self.pending.pop(thread, resumed[1] + "(") + resumed[2]
        else:
            self.entered(thread, text)
        if text.endswith(UNFINISHED):
            self.pending[thread] = text[: -len(UNFINISHED)]
            return
        call, result = CALL.match(text), RESULT.search(text)
        if call and result:
            self.returned(thread, call[1], call[2], int(result[1]))

    def entered(self, thread, text):
        if "TEE_IOC_SUPPL_" in text:
            self.supplicant.add(thread)
        mark = MARK.search(text)
        if mark:
            what, operation, size = mark.groups()
            if what == "begin":
                self.current = Counts()
            else:
                # The last of several that is not special, if there is one.
                before = self.counts.get((operation, int(size)))
                if before is None or before.is_special or not self.current.is_special:
                    self.counts[operation, int(size)] = self.current
                self.current = None
        if self.current is None or not text.startswith("ioctl("):
            return
        if "TEE_IOC_SUPPL_SEND" in text:
            self.current.supplicant_calls += 1
        elif thread not in self.supplicant and "TEE_IOC_" in text:
            self.current.tee_ioctls += 1
            self.current.tee_calls += "TEE_IOC_INVOKE" in text

    def returned(self, thread, name, arguments, result):
        synced = self.synced[self.process(thread)]
        if name == "openat" and result >= 0:
            synced.discard(result)
            self.paths[self.process(thread)][result] = PATH.search(arguments)[1]
            if re.search(r"\bO_D?SYNC\b", arguments):
                synced.add(result)
        elif name == "close":
            synced.discard(int(DESCRIPTOR.match(arguments)[0]))
        elif self.current is None:
            return
        elif name in WRITES and result > 0:
            descriptor = int(DESCRIPTOR.match(arguments)[0])
            path = self.paths[self.process(thread)].get(descriptor, "")
            self.current.bytes += result
            self.current.syncs += descriptor in synced
            if path.endswith("vault.db") or (path.endswith("-wal") and AT_START.search(arguments)):
                self.current.is_special = True
        elif name in SYNCS and result == 0:
            path = self.paths[self.process(thread)].get(int(DESCRIPTOR.match(arguments)[0]), "")
            self.current.syncs += 1
            if not path.endswith("-wal"):
                self.current.is_special = True


def read_times(path):
    """(side, objects, operation, size): instructions, or None where the side does not take the size."""
    samples = defaultdict(list)
    for line in path.read_text().splitlines():
        side, objects, operation, size, value = line.split("\t")
        samples[side, int(objects), operation, int(size)].append(None if value == "too-large" else int(value))
    return {key: None if None in values else statistics.median(values) for key, values in samples.items()}


def read_counts(folder):
    counts = {}
    for path in sorted(folder.glob("*.trace")):
        side, objects = path.name.split(".")[:2]
        for (operation, size), count in Trace(path).counts.items():
            counts[side, int(objects), operation, size] = count
    return counts


def size_name(size):
    if size == 0:
        return ""
    if size < 1024:
        return f"{size} B"
    return f"{size >> 10} KiB" if size < 1 << 20 else f"{size >> 20} MiB"


def number(value):
    return "-" if value is None else f"{value:,}"


def millions(value):
    if value is None:
        return "-"
    return f"{value / 1e6:,.2f}" if value < 1e9 else f"{value / 1e6:,.0f}"


def ratio(value, other):
    return "-" if value is None or not other else f"{value / other:.2f}"


def times_cheaper(value, other):
    if value is None or not other:
        return "-"
    return f"{other / value:,.1f}" if other < 100 * value else f"{other / value:,.0f}"


def verdict(passes):
    return "pass" if passes else "FAIL"


def aim(met):
    return "aim met" if met else "aim missed"


class Bench:
    def __init__(self, folder):
        self.times = read_times(folder / "times.tsv")
        self.counts = read_counts(folder)
        self.objects = sorted({key[1] for key in self.times if key[0] == "bare"})
        self.tags = sorted({key[1] for key in self.times if key[0] == "vault"})
        self.failed = False

    def rows(self, side, objects):
        """(operation, size) in the order in which they are read best."""
        keys = {key[2:] for key in self.times if key[:2] == (side, objects)}
        return sorted(keys, key=lambda key: (OPERATIONS.index(key[0]), key[1]))

    def time(self, side, objects, operation, size):
        return self.times.get((side, objects, operation, size))

    def bare(self, objects, operation, size):
        """(instructions, marked): measured, or by the fit and marked; (None, "") where there is neither."""
        time = self.time("bare", objects, operation, size)
        if time is not None:
            return time, ""
        fit = self.fit("bare", operation, size) if size in (0, GROWTH_SIZE) and operation != "empty" else None
        return (fit[0](objects) * 1e6, "~") if fit else (None, "")

    def count(self, side, objects, operation, size, what):
        if self.time(side, objects, operation, size) is None:
            return None
        counts = self.counts.get((side, objects, operation, size))
        return None if counts is None else getattr(counts, what)

    def write_tsv(self, path):
        fields = ("tee_calls", "tee_ioctls", "supplicant_calls", "syncs", "bytes")
        with open(path, "w", encoding="ascii") as out:
            print("side", "objects", "operation", "size", "instructions", *fields, "from", sep="\t", file=out)
            for side, objects, operation, size in sorted(self.times):
                time = self.time(side, objects, operation, size)
                cells = [self.count(side, objects, operation, size, field) for field in fields]
                cells = ["" if cell is None else str(cell) for cell in [None if time is None else round(time), *cells]]
                print(side, objects, operation, size, *cells, "run", sep="\t", file=out)
            for objects in self.tags:
                for operation in FILE_OPERATIONS + ("ls",):
                    size = GROWTH_SIZE if operation != "ls" else 0
                    time, mark = self.bare(objects, operation, size)
                    if mark:
                        print("bare", objects, operation, size, round(time), *[""] * len(fields), "fit", sep="\t", file=out)

    def vault_table(self, tags):
        print(f"\nVault, among {tags:,} tags (v: vault, b: bare TA among as many objects, ~ by the fit; x: b by v)\n")
        print(f"{'':15} {'million instructions':^32} {'TEE calls':>9} {'supplicant':>10} {'syncs':>5} {'bytes written':>13}")
        print(f"{'':15} {'v':>9} {'b':>14} {'x':>7}")
        for operation, size in self.rows("vault", tags):
            key = ("vault", tags, operation, size)
            if operation in BULK:
                continue
            v = self.time(*key)
            b, mark = self.bare(tags, operation, size)
            cells = f"{millions(v):>9} {(mark if b else '') + millions(b):>14} {times_cheaper(v, b):>7}"
            for what, width in (("tee_calls", 9), ("supplicant_calls", 10), ("syncs", 5), ("bytes", 13)):
                cells += f" {number(self.count(*key, what)):>{width}}"
            print(f"{operation:8}{size_name(size):>7} {cells}")

    def table(self, objects):
        titles = ("million instructions", "TEE calls", "supplicant calls", "synced writes", "bytes written")
        whats = ("tee_calls", "supplicant_calls", "syncs", "bytes")
        print(f"\nStorage `ree`, among {objects} objects (f: festore, b: bare TA, /: f by b)\n")
        print(f"{'':15} {titles[0]:^26} {titles[1]:^9} {titles[2]:^19} {titles[3]:^19} {titles[4]:^27}")
        heads = f"{'f':>9} {'b':>9} {'/':>6} {'f':>4} {'b':>4} "
        heads += f"{'f':>6} {'b':>6} {'/':>5} {'f':>6} {'b':>6} {'/':>5} {'f':>10} {'b':>10} {'/':>5}"
        print(f"{'':15} {heads}")
        for operation, size in self.rows("bare", objects):
            key = (objects, operation, size)
            if operation in BULK:
                continue
            f, b = self.time("ree", *key), self.time("bare", *key)
            cells = f"{millions(f):>9} {millions(b):>9} {ratio(f, b):>6}"
            for what, width in zip(whats, (4, 6, 6, 10)):
                f, b = self.count("ree", *key, what), self.count("bare", *key, what)
                cells += f" {number(f):>{width}} {number(b):>{width}}"
                cells += f" {ratio(f, b):>5}" if what != "tee_calls" else ""
            print(f"{operation:8}{size_name(size):>7} {cells}")

    def fit(self, side, operation, size):
        """Least squares of a + b n, for "ls" of b n + c n^2: (function, words), or None."""
        points = [(n, self.time(side, n, operation, size)) for n in self.objects]
        points = [(n, time / 1e6) for n, time in points if time is not None]
        if len(points) < 2:
            return None
        low, high = (1, 2) if operation == "ls" else (0, 1)
        # Relative errors count: otherwise the largest store alone would decide.
        sums = [sum(n**k / t**2 for n, t in points) for k in range(2 * high + 1)]
        right = [sum(n**k / t for n, t in points) for k in (low, high)]
        det = sums[2 * low] * sums[2 * high] - sums[low + high] ** 2
        a = (right[0] * sums[2 * high] - right[1] * sums[low + high]) / det
        b = (right[1] * sums[2 * low] - right[0] * sums[low + high]) / det
        words = f"{a:.2f} n {b:+.3f} n^2" if operation == "ls" else f"{a:.1f} {b:+.2f} n"
        return (lambda n: a * n**low + b * n**high), words

    def growth(self):
        print(f"\nBy n, the number of objects, {size_name(GROWTH_SIZE)}: million instructions; ~ is extrapolated by the fit\n")
        heads = [f"{n:,}" for n in self.objects] + [f"~{n:,}" for n in EXTRAPOLATED]
        print(f"{'':12} " + " ".join(f"{head:>10}" for head in heads) + "   fit")
        for operation in FILE_OPERATIONS + ("ls",):
            for side in ("ree", "bare"):
                key = GROWTH_SIZE if operation != "ls" else 0
                fit = self.fit(side, operation, key)
                if not fit:
                    continue
                cells = [millions(self.time(side, n, operation, key)) for n in self.objects]
                cells += [f"~{fit[0](n):,.0f}" for n in EXTRAPOLATED]
                print(f"{operation:8}{side:4} " + " ".join(f"{cell:>10}" for cell in cells) + f"   {fit[1]}")

    def vault_growth(self):
        print(f"\nVault by n, the number of tags, {size_name(GROWTH_SIZE)}: million instructions\n")
        print(f"{'':8} " + " ".join(f"{n:>10,}" for n in self.tags))
        for operation in OPERATIONS:
            key = GROWTH_SIZE if operation not in ("ls", "empty") else 0
            times = [self.time("vault", n, operation, key) for n in self.tags]
            if times.count(None) == len(times):
                continue
            print(f"{operation:8} " + " ".join(f"{millions(time):>10}" for time in times))
        lists = [self.time("vault", n, "ls", 0) for n in self.tags]
        cells = ["-" if time is None else f"{time / n / 1e6:.4f}" for time, n in zip(lists, self.tags)]
        print(f"{'ls a tag':8} " + " ".join(f"{cell:>10}" for cell in cells))

    def aead(self, operation, size=LARGE):
        """Instructions of an AEAD alone over `size` bytes; None if it was not measured."""
        times = [time for key, time in self.times.items() if key[0] == "bare" and key[2:] == (operation, size)]
        return times[0] if times else None

    def place(self):
        """(a read of a chunk in an open file, an empty call and the AEAD of one chunk), or None."""
        read = self.time("vault", self.tags[0], "random", CHUNK)
        empty = self.time("bare", self.objects[0], "empty", 0)
        opened = self.aead("open")
        return None if None in (read, empty, opened) else (read, empty + opened * CHUNK / LARGE)

    def bulk_table(self):
        """What is done with much at once."""
        print(f"\nVault, {BATCH} puts of {size_name(GROWTH_SIZE)}: one by one (1), in one batch (b); syncs and bytes of checkpoints among them\n")
        print(f"{'':10} {'million instructions a put':^26} {'TEE calls':^11} {'syncs':^7} {'bytes written':^17}")
        print(f"{'among':>10} {'1':>9} {'b':>9} {'b/1':>6} {'1':>5} {'b':>5} {'1':>3} {'b':>3} {'1':>8} {'b':>8}")
        for tags in self.tags:
            times = [self.time("vault", tags, operation, GROWTH_SIZE) for operation in ("puts", "batch")]
            if None in times:
                continue
            cells = " ".join(f"{time / BATCH / 1e6:>9.3f}" for time in times) + f" {ratio(times[1], times[0]):>6}"
            for what, width in (("tee_calls", 5), ("syncs", 3), ("bytes", 8)):
                for operation in ("puts", "batch"):
                    cells += f" {number(self.count('vault', tags, operation, GROWTH_SIZE, what)):>{width}}"
            print(f"{tags:>10,} {cells}")
        print(f"\nVault, a file of {size_name(LARGE)} and places in it (v: vault, a: the AEAD alone over the same bytes)\n")
        print(f"{'':22} {'million instructions':^24} {'TEE calls':>9} {'supplicant':>10} {'syncs':>5} {'bytes written':>13}")
        print(f"{'':22} {'v':>8} {'a':>8} {'a/v':>6}")
        read = self.aead("open")
        alone = {"create": self.aead("seal"), "get": read}
        words = {"create": "put", "get": "get", "random": "read of a chunk", "across": "read across two chunks"}
        for operation, size in (("create", LARGE), ("get", LARGE), ("random", CHUNK), ("across", CHUNK)):
            key = ("vault", self.tags[0], operation, size)
            chunks = {"random": 1, "across": 2}.get(operation, 0)
            a = alone.get(operation) if not chunks or read is None else read * chunks * CHUNK / LARGE
            v = self.time(*key)
            cells = f"{millions(v):>8} {millions(a):>8} {ratio(a, v) if a is not None and v else '-':>6}"
            for what, width in (("tee_calls", 9), ("supplicant_calls", 10), ("syncs", 5), ("bytes", 13)):
                cells += f" {number(self.count(*key, what)):>{width}}"
            print(f"{words[operation]:22} {cells}")

    def gcm_table(self):
        """A vault of AES-256-GCM, beside the other one."""
        print("\nVault of AES-256-GCM by OP-TEE (g), among as many tags as of ChaCha20-Poly1305 (v); million instructions\n")
        print(f"{'':15} {'g':>9} {'v':>9} {'g/v':>6}")
        tags = self.tags[0]
        for operation, size in self.rows("gcm", tags):
            if operation in ("mv", "replace", "empty") or size == LARGE_GCM:
                continue
            g, v = (self.time(side, tags, operation, size) for side in ("gcm", "vault"))
            print(f"{operation:8}{size_name(size):>7} {millions(g):>9} {millions(v):>9} {ratio(g, v) if g and v else '-':>6}")
        print(f"\n{'':15} {'g':>9} {'alone':>9} {'alone/g':>7}")
        for operation, alone in (("create", "seal_gcm"), ("get", "open_gcm")):
            g, a = self.time("gcm", tags, operation, LARGE_GCM), self.aead(alone, LARGE_GCM)
            print(f"{operation:8}{size_name(LARGE_GCM):>7} {millions(g):>9} {millions(a):>9} {ratio(a, g) if g and a else '-':>7}")

    def at_most(self, words, x, must, wanted, digits=2):
        print(f"{verdict(x <= must)}: vault: {words}: at most {must}, aim {wanted}; is {x:.{digits}f} ({aim(x <= wanted)})")

    def bulk_targets(self):
        for tags in self.tags:
            single, batch = (self.time("vault", tags, operation, GROWTH_SIZE) for operation in ("puts", "batch"))
            if single and batch:
                self.at_most(f"a put of 1 KiB in a batch of {BATCH} by one on its own, among {tags:,}", batch / single, *BATCH_EACH)
        for operation, (words, must, wanted) in MIB_CHEAPER.items():
            v, b = (self.time(side, n, operation, MIB) for side, n in (("vault", self.tags[0]), ("bare", self.objects[0])))
            if v and b:
                print(f"{verdict(b / v >= must)}: vault: {words}: must {must}x, aim {wanted}x cheaper; "
                      f"is {b / v:.1f}x ({aim(b / v >= wanted)})")
        for operation, (words, alone, must, wanted) in SHARE.items():
            v, a = self.time("vault", self.tags[0], operation, LARGE), self.aead(alone)
            if v and a:
                print(f"{verdict(a / v >= must)}: vault: share of the AEAD alone in a {words} of {size_name(LARGE)}: "
                      f"at least {must:.2f}, aim {wanted:.2f}; is {a / v:.3f} ({aim(a / v >= wanted)})")
        place = self.place()
        if place:
            self.at_most(f"a read of {CHUNK} bytes anywhere in an open file of {size_name(LARGE)} by an empty call and the AEAD "
                         "of one chunk", place[0] / place[1], *PLACE)

    def key_rows(self):
        """(operation, size, at most, bare, among few, among many), where all were measured."""
        counts = sorted({key[1] for key in self.times if key[0] == "keys"})
        for operation, size, most in KEYS:
            cells = [self.time("bare", self.objects[0], operation, size)] + [self.time("keys", n, operation, size) for n in counts]
            if len(cells) == 3 and None not in cells:
                yield operation, size, most, *cells

    def message_rows(self):
        """(operation, what it is compared with, vault, that), where both were measured."""
        counts = sorted({key[1] for key in self.times if key[0] == "keys"})
        for operation, alone, beside in MESSAGES:
            v = self.time("keys", counts[0], operation, LARGE_MESSAGE) if counts else None
            whole = LARGE_GCM if alone.endswith("gcm") else LARGE
            a = self.aead(alone, whole)
            key = self.time("bare", self.objects[0], beside, MESSAGE) if beside else 0
            if v and a and key is not None:
                words = "the AEAD and the key's operation" if beside else "the AEAD"
                yield operation, words, v, a * LARGE_MESSAGE / whole + key

    def key_table(self):
        counts = sorted({key[1] for key in self.times if key[0] == "keys"})
        if len(counts) != 2:
            return
        print(f"\nKeys in a vault among {counts[0]:,} (f) and {counts[1]:,} (m), and GP's calls alone with a key in memory (b); million instructions\n")
        print(f"{'':23} {'f':>9} {'m':>9} {'b':>9} {'f/b':>6} {'m/f':>6} {'TEE calls':>9} {'syncs':>5}")
        for operation, size, _, bare, few, many in self.key_rows():
            cells = f"{millions(few):>9} {millions(many):>9} {millions(bare):>9} {ratio(few, bare):>6} {ratio(many, few):>6}"
            cells += f" {number(self.count('keys', counts[0], operation, size, 'tee_calls')):>9}"
            cells += f" {number(self.count('keys', counts[0], operation, size, 'syncs')):>5}"
            print(f"{operation:15}{size_name(size):>8} {cells}")
        print(f"\nA message of {size_name(LARGE_MESSAGE)} (v), and in the TA the AEAD alone over as many bytes (a), of decrypt_rsa2048 with RSA's operation\n")
        print(f"{'':15} {'v':>9} {'a':>9} {'a/v':>6}")
        for operation, _, v, a in self.message_rows():
            print(f"{operation:15} {millions(v):>9} {millions(a):>9} {ratio(a, v):>6}")

    def key_targets(self):
        for operation, _, most, bare, few, _ in self.key_rows():
            print(f"{verdict(few / bare <= most)}: keys: {operation} by GP's calls alone: at most {most}; is {few / bare:.2f}")
        for operation, _, _, _, few, many in self.key_rows():
            print(f"{verdict(many / few <= MANY_KEYS)}: keys: {operation} among many by among few: at most {MANY_KEYS}; is {many / few:.2f}")
        for operation, words, v, a in self.message_rows():
            print(f"{verdict(a / v >= MESSAGE_SHARE)}: keys: share of {words} alone in {operation} of {size_name(LARGE_MESSAGE)}: "
                  f"at least {MESSAGE_SHARE}; is {a / v:.2f}")

    def key_promise(self):
        """One TEE call signs."""
        wrong = []
        checked = 0
        for (side, keys, operation, _), counts in self.counts.items():
            if side != "keys" or not operation.startswith("sign_"):
                continue
            checked += 1
            if (counts.tee_calls, counts.syncs, counts.supplicant_calls) != (1, 0, 0):
                wrong.append(f"{operation} among {keys}: {counts.tee_calls} TEE calls, {counts.syncs} syncs")
        self.judge_counts("keys: a signature takes one TEE call and nothing else", checked, wrong)

    def batch_promise(self):
        """A call for all, one for the proposal, then one confirm; one sync. Between checkpoints, where there was one such."""
        wrong = []
        checked = 0
        for tags in self.tags:
            counts = self.counts.get(("vault", tags, "batch", GROWTH_SIZE))
            if counts is None:
                continue
            checked += 1
            got = (counts.tee_calls, counts.supplicant_calls, counts.syncs)
            if got[:2] != (BATCH_CALLS, 0) or (got[2] != 1 and not counts.is_special):
                wrong.append(f"among {tags}: {got[0]} TEE calls, {got[1]} supplicant calls, {got[2]} syncs")
        self.judge_counts(f"vault: a batch of {BATCH} puts: {BATCH_CALLS} TEE calls, 1 sync, no supplicant call", checked, wrong)

    def notes(self):
        for (side, objects, operation, size), time in sorted(self.times.items()):
            if time is None:
                print(f"skipped: {side} does not take {size_name(size)} (too large for this storage), {operation} among {objects}")

    def target(self, words, operation, limit, bare):
        """Says whether the storage `ree` stays within `limit` times what `bare` says of the bare TA."""
        by_size = []
        for objects in self.objects:
            for name, size in self.rows("ree", objects):
                time = self.time("ree", objects, operation, size) if name == operation else None
                if time is not None:
                    by_size.append((time / bare(objects, size), size, objects))
        worst, size, objects = max(by_size)
        print(f"{verdict(worst <= limit)}: ree: {words}: at most {limit:.2f}, worst {worst:.2f} ({size_name(size)} among {objects})")

    def targets(self):
        def create(objects, size):
            return self.time("bare", objects, "create", size)

        def create_and_delete(objects, size):
            return create(objects, size) + self.time("bare", objects, "rm", size)

        self.target("create by bare create-and-write", "create", COST_LIMIT, create)
        self.target("replace by bare create and delete", "replace", COST_LIMIT, create_and_delete)

    def vault_targets(self):
        for operation, (words, limits) in CHEAPER.items():
            for tags, must, wanted in limits:
                v = self.time("vault", tags, operation, GROWTH_SIZE)
                b, mark = self.bare(tags, operation, GROWTH_SIZE)
                if v is None or b is None:
                    continue
                x = b / v
                print(f"{verdict(x >= must)}: vault: {words} among {tags:,}: must {must:,}x, aim {wanted:,}x cheaper; "
                      f"is {mark}{x:,.1f}x ({aim(x >= wanted)})")
        few, many, must, wanted = PUT_GROWTH
        times = [self.time("vault", n, "create", GROWTH_SIZE) for n in (few, many)]
        if None not in times:
            x = times[1] / times[0]
            print(f"{verdict(x <= must)}: vault: a put among {many:,} by one among {few}: at most {must}, aim {wanted}; "
                  f"is {x:.2f} ({aim(x <= wanted)})")
        tags, must, wanted = LIST_EACH
        time = self.time("vault", tags, "ls", 0)
        if time is not None:
            x = time / tags / 1e6
            print(f"{verdict(x <= must)}: vault: a list of {tags:,}, million instructions a tag: at most {must}, aim {wanted}; "
                  f"is {x:.3f} ({aim(x <= wanted)})")

    def judge_counts(self, words, checked, wrong):
        """Counts are exact, so a wrong one fails the run."""
        if wrong or not checked:
            self.failed = True
            print(f"FAIL: {words}:", "; ".join(wrong) or "none counted")
        else:
            print(f"pass: {words} ({checked} counted)")

    def promise(self):
        """A small file in `ree` takes one call to the TEE, whatever is done with it."""
        wrong = []
        checked = 0
        for objects in self.objects:
            for operation, size in self.rows("ree", objects):
                if operation not in FILE_OPERATIONS or operation == "mv" or size > SMALL:
                    continue
                checked += 1
                calls = self.count("ree", objects, operation, size, "tee_calls")
                if calls != 1:
                    wrong.append(f"{operation} {size_name(size)} among {objects}: {number(calls)}")
        self.judge_counts(f"ree: one TEE call for each operation on up to {size_name(SMALL)}", checked, wrong)

    def vault_promise(self):
        """A small file in the vault: one sync a change and none a read, never a supplicant call, few TEE calls."""
        wrong = []
        checked = 0
        for tags in self.tags:
            for operation, size in self.rows("vault", tags):
                if operation not in PROMISED or size > SMALL:
                    continue
                counts = self.counts.get(("vault", tags, operation, size))
                if counts is None or counts.is_special:
                    wrong.append(f"{operation} {size_name(size)} among {tags}: none between checkpoints")
                    continue
                checked += 1
                calls, syncs = PROMISED[operation]
                if counts.tee_calls > calls or counts.syncs != syncs or counts.supplicant_calls != 0:
                    wrong.append(f"{operation} {size_name(size)} among {tags}: {counts.tee_calls} TEE calls, "
                                 f"{counts.syncs} syncs, {counts.supplicant_calls} supplicant calls")
        self.judge_counts(f"vault: up to {size_name(SMALL)}, between checkpoints: a put or rm 1 sync and at most 2 TEE calls (mv 3), "
                          "a get, stat or read of an open file 1 TEE call; no supplicant call", checked, wrong)


def main():
    folder, tsv = Path(sys.argv[1]), Path(sys.argv[2])
    bench = Bench(folder)
    bench.write_tsv(tsv)
    for tags in bench.tags:
        bench.vault_table(tags)
    bench.vault_growth()
    bench.bulk_table()
    bench.gcm_table()
    bench.key_table()
    for objects in bench.objects:
        bench.table(objects)
    if len(bench.objects) > 1:
        bench.growth()
    print()
    bench.notes()
    bench.vault_targets()
    bench.bulk_targets()
    bench.key_targets()
    bench.key_promise()
    bench.vault_promise()
    bench.batch_promise()
    bench.targets()
    bench.promise()
    return 1 if bench.failed else 0


try:
    sys.exit(main())
except (OSError, ValueError) as error:
    print(f"bench: {error}", file=sys.stderr)
    sys.exit(1)
