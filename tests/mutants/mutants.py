#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Mutants: the sources with one deliberate fault each (tests/mutants/list), which a named unit test must notice.

usage: mutants.py apply NAME FOLDER    a copy of the sources with that fault
       mutants.py run                  builds and tests all, or every MUTANTS_SHARE-th; what is compiled how comes from tests/mutants/mutants.mk
"""
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

LIST = pathlib.Path(__file__).with_name("list")
SECONDS = 200


class Mutant:
    def __init__(self, line):
        fields = line.split(" :: ")
        if len(fields) != 5:
            sys.exit(f"mutants: not five fields: {line}")
        self.name, self.file, test, old, new = fields
        self.program, self.test = test.split("/")
        self.old, self.new = unescape(old), "" if new == "-" else unescape(new)


def unescape(text):
    return text.replace("\\n", "\n").replace("\\t", "\t")


def read_list():
    lines = LIST.read_text().splitlines()
    mutants = [Mutant(line) for line in lines if line and not line.startswith("#")]
    names = [mutant.name for mutant in mutants]
    if len(set(names)) != len(names):
        sys.exit("mutants: two of one name")
    return mutants


def apply(mutant, folder):
    """Copies the sources and plants the fault; the old text must be there exactly once."""
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("ta", "lib", "cli", "inspect", "bootlog"):
        shutil.copytree(part, folder / part, ignore=shutil.ignore_patterns("*.o"))
    path = folder / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        sys.exit(f"mutants: {mutant.name}: {text.count(mutant.old)} times in {mutant.file}: {mutant.old!r}")
    path.write_text(text.replace(mutant.old, mutant.new))


class Build:
    """Compiles what a mutant changes and links it with the ordinary host flavour's other objects."""

    def __init__(self):
        self.compile = shlex.split(os.environ["MUTANTS_COMPILE"])
        self.link = shlex.split(os.environ["MUTANTS_LINK"])
        self.libs = shlex.split(os.environ["MUTANTS_LIBS"])
        self.wrap = shlex.split(os.environ["MUTANTS_WRAP"])
        self.ta = os.environ["MUTANTS_TA"].split()
        self.vault = os.environ["MUTANTS_VAULT"].split()
        self.lib = os.environ["MUTANTS_LIB"].split()
        self.cli = os.environ["MUTANTS_CLI"].split()
        self.read = os.environ["MUTANTS_READ"].split()
        self.fake = os.environ["MUTANTS_FAKE"].split()
        self.store = os.environ["MUTANTS_STORE"].split()
        self.store_wrap = shlex.split(os.environ["MUTANTS_STORE_WRAP"])
        self.objects = pathlib.Path(os.environ["MUTANTS_OBJECTS"])
        self.programs = pathlib.Path(os.environ["MUTANTS_PROGRAMS"])
        self.folder = pathlib.Path(os.environ["MUTANTS_FOLDER"])
        self.only = (self.folder / "only.so").resolve()

    def call(self, command):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def object_of(self, mutant, source, folder):
        """The object of a source: a new one where the fault shows, else the ordinary one."""
        is_header = mutant.file.endswith(".h")
        if source != mutant.file and not is_header:
            return self.objects / source.replace(".c", ".o")
        target = folder / source.replace(".c", ".o")
        quoted = ("ta", "ta/objects", "ta/vault", "lib", "cli", "bootlog")
        includes = ["-I", folder / "ta/include"] + [word for part in quoted for word in ("-iquote", folder / part)]
        self.call(self.compile[:1] + includes + self.compile[1:] + ["-c", "-o", target, folder / source])
        return target

    def program(self, mutant):
        folder = self.folder / mutant.name
        apply(mutant, folder)
        test = self.objects / "tests/unit" / (mutant.program + ".o")
        target = folder / mutant.program
        if mutant.program.startswith("lib_"):
            objects = [self.object_of(mutant, source, folder) for source in self.lib]
            self.call(self.link + self.wrap + ["-o", target, test] + objects + self.libs)
            return target
        if mutant.program.startswith(("cli_", "read_")):
            sources = self.cli if mutant.program.startswith("cli_") else self.read
            objects = [self.object_of(mutant, source, folder) for source in sources]
            self.call(self.link + ["-o", target, test] + objects + self.libs)
            return target
        is_store = mutant.program.startswith("store_")
        sources = self.vault if is_store or mutant.program.startswith("vault_") else self.ta
        objects = [self.object_of(mutant, source, folder) for source in sources]
        ta = folder / "ta.o"
        self.call(self.link + ["-r", "-nostdlib", "-o", f"{ta}.whole"] + objects)
        self.call(["objcopy", "--rename-section", ".bss=ta_bss", "--rename-section", ".data=ta_data", f"{ta}.whole", ta])
        if is_store:
            self.call(["objcopy", "--wildcard", "--keep-global-symbol=TA_*", ta])
            objects = [self.object_of(mutant, source, folder) for source in self.lib]
            self.call(self.link + self.store_wrap + ["-rdynamic", "-o", target, test, ta] + objects + self.store
                      + self.fake + self.libs)
            return target
        self.call(self.link + ["-rdynamic", "-o", target, test, ta] + self.fake + self.libs)
        return target


def outcome(program, test, only):
    """What a program says of one of its tests: passed, failed, crashed, hangs or none."""
    try:
        # Lazy binding leaves registers, and what is in them, on the stack, where some tests look.
        chosen = dict(os.environ, FESTORE_TEST_ONLY=test, LD_PRELOAD=str(only), LD_BIND_NOW="1")
        done = subprocess.run([str(program)], capture_output=True, text=True, errors="replace", timeout=SECONDS, env=chosen)
        text = done.stdout + done.stderr
    except subprocess.TimeoutExpired as late:
        text = ((late.stdout or b"") + (late.stderr or b"")).decode(errors="replace")
        return "hangs" if f"[ RUN      ] {test}\n" in text and f"[       OK ] {test}\n" not in text else "none"
    # ERROR is what cmocka calls it when the teardown fails too.
    if re.search(rf"\[  (FAILED|ERROR ) +\] {test}$", text, re.M):
        return "failed"
    if f"[       OK ] {test}\n" in text:
        return "passed"
    return "crashed" if f"[ RUN      ] {test}\n" in text else "none"


def judge(build, mutant):
    try:
        return outcome(build.program(mutant), mutant.test, build.only)
    except RuntimeError as error:
        return f"does not build: {error}"


def run(share):
    """Judges every share-th mutant; which ones, the commit's number decides."""
    build = Build()
    mutants = read_list()
    if share > 1:
        head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout or "0"
        mutants = mutants[int(head, 16) % share :: share]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        tests = sorted({(mutant.program, mutant.test) for mutant in mutants})
        without = dict(zip(tests, pool.map(lambda test: outcome(build.programs / test[0], test[1], build.only), tests)))
        verdicts = list(pool.map(lambda mutant: judge(build, mutant), mutants))
    for test, verdict in without.items():
        if verdict != "passed":
            print(f"without any mutant {test[0]}/{test[1]}: {verdict}")
    survived = 0
    for mutant, verdict in zip(mutants, verdicts):
        killed = verdict in ("failed", "crashed", "hangs") and without[(mutant.program, mutant.test)] == "passed"
        survived += not killed
        word = "killed" if killed else "SURVIVED"
        print(f"{word:<8}  {mutant.name:<32}  {mutant.file:<14}  {mutant.program}/{mutant.test}: {verdict}")
    print(f"mutants: {len(mutants) - survived} killed, {survived} survived")
    return survived == 0


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "apply":
        chosen = [mutant for mutant in read_list() if mutant.name == sys.argv[2]]
        if not chosen:
            sys.exit(f"mutants: no mutant {sys.argv[2]}")
        apply(chosen[0], sys.argv[3])
        return 0
    if len(sys.argv) == 2 and sys.argv[1] == "run":
        return 0 if run(int(os.environ.get("MUTANTS_SHARE", "1"))) else 1
    sys.exit(__doc__.strip())


if __name__ == "__main__":
    sys.exit(main())
