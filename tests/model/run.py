#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks the commit protocol in every scenario below, and anchors in those of anchors.py, and that each mutant violates the property
that it should.
usage: run.py            all of it
       run.py MUTANT     one mutant, and the steps by which it goes wrong"""

import re
import sys
import time

sys.dont_write_bytecode = True  # the tree stays as it is

import anchors
from explore import Found, explore
from protocol import PROPERTIES, Protocol
from world import NONE, Client, Left


def client(role, puts=0):
    return Client(role, 'begin', count=puts)


def reader_of(snapshot):
    """A reader that took its snapshot before everything else began."""
    return Client('reader', 'get', read=snapshot)


WRITER, BATCH, READER, CREATOR = client('writer', 1), client('batch', 1), client('reader'), client('creator')

# Clients, how often what may happen, commits before it begins (NONE: there is no vault yet).
SCENARIOS = {
    'deaths': ([WRITER, WRITER, READER], Left(death=2, restart=2), 0),
    'cuts': ([WRITER, WRITER, READER], Left(death=1, restart=1, cut=1, failure=1), 0),
    'failures': ([WRITER, WRITER], Left(death=1, restart=1, cut=1, failure=2, answer=1), 0),
    'batches': ([client('batch', 2), WRITER], Left(death=1, restart=1, failure=1, answer=1), 0),
    'commits': ([client('writer', 2), client('writer', 2), READER], Left(), 0),
    'snapshots': ([reader_of(0), reader_of(1), reader_of(2), WRITER], Left(), 3),
    'restarts': ([reader_of(0), reader_of(1), WRITER], Left(death=1, restart=1), 3),
    'creators': ([CREATOR, CREATOR, WRITER], Left(death=1, restart=1, cut=1, failure=1), NONE),
    'attacks': ([WRITER, BATCH, READER], Left(attack=2, death=1, answer=1), 0),
    'attacks-restart': ([WRITER, BATCH, READER], Left(attack=2, restart=1), 0),
}

# What the scenarios must reach, or they check nothing.
REACHED = ('writer: tells: ok', 'writer: tells: failed', 'writer: tells: unknown', 'writer: tells: ok, by another life of the TA',
           'writer: CONFIRM tells', 'reader: BEGIN IMMEDIATE and reads', 'batch: tells: ok', 'recovery brings back S',
           'power cut, S remains', 'writer dies in COMMIT, written and not visible')

# What is wrong with each mutant, the property that it must violate, and where.
MUTANTS = {
    'confirm-unchecked': ('CONFIRM does not compare the predecessor', 'c', 'deaths'),
    'sibling': ('a state beside the current one is accepted', 'c', 'attacks'),
    'always-jump': ('a higher version always replaces the current state', 'c', 'attacks'),
    'no-jump': ('a higher version never replaces the loaded state', 'd', 'restarts'),
    'reading-touches': ('a successor that is only presented ends `untouched`', 'd', 'restarts'),
    'no-successor': ('only CONFIRM moves the slot on', 'd', 'deaths'),
    'successor-unaccepts': ('a proposal is lost again when others follow it', 'g', 'deaths'),
    'version-reused': ('versions count from the current state', 'f', 'deaths'),
    'base-unchecked': ('a batch goes on when the slot has moved on', 'c', 'attacks'),
    'create-pins': ('VAULT_CREATE pins the vault that it made', 'd', 'creators'),
    'lock-outlives': ('the write lock outlives its process', 'd', 'deaths'),
    'unsynced': ('COMMIT returns before it is durable', 'a', 'cuts'),
    'confirm-first': ('CONFIRM comes before COMMIT', 'd', 'deaths'),
    'confirm-blindly': ('CONFIRM follows a failed COMMIT without a look', 'd', 'failures'),
    'asked-unpresented': ('after a failed COMMIT, CONFIRM comes before what was read is presented', 'd', 'failures'),
    'told-before-confirm': ('the caller is told before CONFIRM', 'a', 'attacks'),
    'lost-is-ok': ('the caller of a lost proposal is told ok', 'a', 'attacks'),
    'failed-is-no': ('a failed COMMIT is taken for one that did not happen', 'e', 'failures'),
    'judged-by-reading': ('a failed COMMIT is judged by reading alone', 'e', 'failures'),
    'only-the-latest': ('a change counts only if its proposal is the latest', 'e', 'deaths'),
    'unpresented': ('a reader does not ask the TA', 'b', 'attacks'),
    'no-retry': ('a reader reports the first STALE', 'g', 'deaths'),
    'locked-old-snapshot': ('a reader takes the lock and keeps its snapshot', 'g', 'commits'),
}


def protocols():
    """Of each scenario its name and its model."""
    for name, (clients, left, history) in SCENARIOS.items():
        yield name, Protocol(clients, left, history)
    for name, (kinds, clients, left) in anchors.SCENARIOS.items():
        for kind in kinds:
            yield f'anchor {kind}: {name}', anchors.Anchored(kind, clients, left)


def check_protocols():
    """All scenarios; totals of states and transitions."""
    reached = set()
    total_states = total_transitions = 0
    for name, model in protocols():
        states, transitions, labels = explore(model)
        print(f'  {name:24} {states:7} states {transitions:7} transitions')
        total_states += states
        total_transitions += transitions
        reached |= {re.sub(r' ?\d+', '', label) for label in labels}
    missing = [label for label in REACHED + anchors.REACHED if label not in reached]
    if missing:
        sys.exit(f'model: never reached: {missing}')
    return total_states, total_transitions


def mutants():
    """Of each mutant its name, what is wrong with it, the property that it must violate, and its model."""
    for mutant, (what, letter, scenario) in MUTANTS.items():
        yield mutant, what, letter, Protocol(*SCENARIOS[scenario], mutant)
    for mutant, (what, letter, scenario, kind) in anchors.MUTANTS.items():
        yield mutant, what, letter, anchors.Anchored(kind, *anchors.SCENARIOS[scenario][1:], mutant)


def violation_of(model):
    try:
        explore(model)
    except Found as found:
        return found
    return None


def check_mutants():
    """Each is noticed; how many there are."""
    violated = {True: set(), False: set()}
    count = 0
    for mutant, what, letter, model in mutants():
        found = violation_of(model)
        if found is None or found.letter != letter:
            sys.exit(f'model: mutant {mutant} should violate ({letter}), but: {found}')
        print(f'  ({letter}) {what}: {len(found.steps)} steps')
        violated[isinstance(model, Protocol)].add(letter)
        count += 1
    untested = (set(PROPERTIES) - violated[True]) | (set(anchors.PROPERTIES) - violated[False])
    if untested:
        sys.exit(f'model: no mutant violates {untested}')
    return count


def show(found):
    for number, step in enumerate(found.steps, 1):
        print(f'  {number:2} {step}')
    print(f'  -> {found}')


def main():
    if len(sys.argv) == 2:
        for mutant, what, _, model in mutants():
            if mutant == sys.argv[1]:
                print(what)
                show(violation_of(model))
        return
    start = time.monotonic()
    try:
        states, transitions = check_protocols()
    except Found as found:
        show(found)
        sys.exit('model: the protocol violates a property')
    print('mutants:')
    count = check_mutants()
    properties = len(set(PROPERTIES) | set(anchors.PROPERTIES))
    print(f'model: {states} states, {transitions} transitions, all {properties} properties hold; '
          f'{count} mutants each violate one ({time.monotonic() - start:.0f} s)')


if __name__ == '__main__':
    main()
