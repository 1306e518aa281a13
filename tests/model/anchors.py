# SPDX-License-Identifier: BSD-2-Clause
"""What the device remembers of a vault over a restart of the TA: docs/SPEC.md, "Anchor" and "Recovery", and what must hold.

(a) what a caller was told is stored is in what the TA holds: in this life of the TA, and without an attacker in every one
(d) from everywhere one fresh client alone can put and get, and so it can after a restart; if it must, after a recovery
(g) without an attacker, and if no anchor was lost, it need not recover
(h) what was told, and anchored, is never taken back, in whatever life of the TA: all that was told or given if each commit is anchored,
    else what was told before a sync that was answered
(m) what a fresh TA takes follows what was anchored: no predecessor, and nothing made beside it, not from before a recovery either

COMMIT is one step here, durable or not at all: protocol.py goes through what can happen to it. Not modelled: the tree, batches, creating
and destroying, more than one vault, how many writes an RPMB bears."""

from collections import namedtuple

from explore import Violation

PROPERTIES = 'dghm'

NONE = -1
OK, STALE, UNPROVEN, NO_ANCHOR = 'OK', 'STALE', 'UNPROVEN', 'NO_ANCHOR'

# Commits of a group; the number in the TA is larger.
GROUP = 2

# A sealed state; `anchored` is the version that the TA knew of the anchor. Its number stands for its mac.
Made = namedtuple('Made', 'predecessor version epoch anchored history')
# `known`: the version that the anchor has, as far as the TA knows; `loaded`: that it had when the slot was loaded;
# `doubt`: a write failed and may have taken place.
Slot = namedtuple('Slot', 'current untouched last known loaded window doubt')
# Of a client: where it is, what it has read, its proposal, puts left; of its session: is there one, and is the proposal pending,
# accepted, lost.
Client = namedtuple('Client', 'role at puts read proposal session fate', defaults=(0, NONE, NONE, False, ''))
# How often what may happen. `attack`: the database is exchanged; `replay`: so is an anchor in tee-supplicant's folder; `loss`: of an anchor.
Left = namedtuple('Left', 'restart death failure attack replay loss recovery sync', defaults=(0,) * 8)

# An anchor in the RPMB and one in tee-supplicant's folder differ by `replay` alone.
KINDS = ('none', 'each', 'group')

FIELDS = ('made', 'stored', 'anchor', 'anchors', 'slot', 'clients', 'lock', 'left', 'acked', 'pinned')


class World:
    """One moment: what is in the database and in the anchor, all anchors there ever were, and of the callers what the properties need."""

    __slots__ = FIELDS

    def __init__(self, frozen):
        (self.made, self.stored, self.anchor, self.anchors, self.slot, clients, self.lock, self.left, self.acked, self.pinned) = frozen
        self.clients = list(clients)

    def freeze(self):
        return (self.made, self.stored, self.anchor, self.anchors, self.slot, tuple(self.clients), self.lock, self.left, self.acked,
                self.pinned)

    def make(self, predecessor, version, epoch, anchored):
        number = len(self.made)
        self.made += (Made(predecessor, version, epoch, anchored, 1 << number | self.made[predecessor].history),)
        return number

    def history(self, state):
        return 0 if state == NONE else self.made[state].history

    def update(self, i, **fields):
        self.clients[i] = self.clients[i]._replace(**fields)

    def spend(self, what):
        self.left = self.left._replace(**{what: getattr(self.left, what) - 1})


class Anchored:
    def __init__(self, kind, clients, left, mutant=None):
        self.kind = kind
        self.each = kind == 'each'
        self.mutant = mutant
        self.has_attacker = left.attack + left.replay > 0
        # An anchor that is put back, or lost, proves nothing of what is older.
        self.is_promised = kind != 'none' and not left.replay
        first = Made(NONE, 1, 1, 0, 1)
        anchor = NONE if kind == 'none' else 0
        self.start = ((first,), 0, anchor, frozenset(), None, tuple(clients), NONE, left, 0, 0)
        self.loss = left.loss
        self.rescued = set()

    def first(self):
        return self.start

    # --- the TA ---

    def write(self, w, state, outcome):
        """A := state. `outcome`: 'ok', 'no', or 'unsure' if it took place and is told to have failed."""
        if self.kind == 'none':
            return True
        if outcome != 'ok':
            w.spend('failure')
        if outcome != 'no':
            if w.anchor != NONE:
                w.anchors |= {w.anchor}
            w.anchor = state
        return outcome == 'ok'

    def move(self, w, state, untouched):
        slot = w.slot
        for i, client in enumerate(w.clients):
            if client.session and client.fate == 'pending':
                w.update(i, fate='accepted' if client.proposal == state else 'lost')
        w.slot = slot._replace(current=state, untouched=untouched, last=max(slot.last, w.made[state].version))

    def advance(self, w, state, outcome):
        """The slot moves on, to a successor."""
        if self.kind == 'none':
            self.move(w, state, w.slot.untouched)
            return OK
        if self.each:
            is_written = self.write(w, state, outcome)
            if not is_written and self.mutant != 'told-before-anchor':
                w.slot = w.slot._replace(doubt=True)
                return NO_ANCHOR
            self.move(w, state, w.slot.untouched)
            w.slot = w.slot._replace(known=w.made[state].version, doubt=False)
            return OK
        self.move(w, state, w.slot.untouched)
        w.slot = w.slot._replace(window=w.slot.window + 1)
        if w.slot.window >= GROUP:
            self.sync(w, outcome)
        return OK

    def sync(self, w, outcome):
        if self.mutant == 'sync-lies' or self.write(w, w.slot.current, outcome):
            w.slot = w.slot._replace(known=w.made[w.slot.current].version, window=0, doubt=False)
            return OK
        w.slot = w.slot._replace(doubt=True)
        return NO_ANCHOR

    def told_sync(self, w, outcome):
        """VAULT_SYNC, whose caller is told."""
        if self.sync(w, outcome) != OK:
            return
        if self.mutant != 'sync-unpinned':
            w.slot = w.slot._replace(loaded=w.slot.known)
        if self.is_promised:
            w.pinned |= w.acked & w.history(w.slot.current)

    def judge(self, w, state):
        """Does a fresh TA take it? The table of SPEC.md."""
        if self.kind == 'none' or self.mutant == 'loads-anything':
            return OK
        if w.anchor == NONE:
            return UNPROVEN
        made, anchor = w.made[state], w.made[w.anchor]
        if made.epoch != anchor.epoch:
            return STALE if made.epoch < anchor.epoch else UNPROVEN
        if made.version < anchor.version:
            return OK if self.mutant == 'below-is-taken' else STALE
        if made.version == anchor.version:
            return OK if state == w.anchor or self.mutant == 'same-version-is-taken' else STALE
        follows = made.anchored == anchor.version and self.mutant != 'only-the-predecessor' or \
            made.predecessor == w.anchor and self.mutant != 'only-what-was-anchored' or self.mutant == 'above-is-taken'
        if follows:
            return OK
        return UNPROVEN if made.anchored > anchor.version else STALE

    def takes(self, w, state):
        """(m) of what is taken when the TA is fresh, or untouched."""
        if self.is_promised and w.anchor != NONE and not w.history(state) >> w.anchor & 1:
            raise Violation('m', f'S{state} is taken, which does not follow S{w.anchor}, which is anchored')

    def load(self, w, state, outcome):
        answer = self.judge(w, state)
        if answer != OK:
            return answer
        self.takes(w, state)
        loaded = 0 if w.anchor == NONE else w.made[w.anchor].version
        if state != w.anchor and self.mutant != 'taken-unanchored' and not self.write(w, state, outcome):
            return NO_ANCHOR
        w.slot = Slot(state, True, w.made[state].version, w.made[state].version if self.kind != 'none' else 0, loaded, 0, False)
        return OK

    def present(self, w, state, outcome='ok'):
        slot = w.slot
        if slot is None:
            return self.load(w, state, outcome)
        if state == slot.current:
            return OK
        made, current = w.made[state], w.made[slot.current]
        if made.predecessor == slot.current:
            return self.advance(w, state, outcome)
        if slot.untouched and made.epoch == current.epoch and made.version > current.version:
            if self.each and self.mutant not in ('jumps-each', 'jumps-anywhere'):
                return STALE
            if self.kind != 'none' and made.anchored != slot.loaded and self.mutant != 'jumps-anywhere':
                return STALE
            # What was read of a loaded backup is not promised to stay.
            w.acked &= made.history
            if not self.write(w, state, outcome):
                w.slot = slot._replace(doubt=True)
                return NO_ANCHOR
            self.move(w, state, True)
            w.slot = w.slot._replace(known=w.made[state].version if self.kind != 'none' else 0, window=0, doubt=False)
            return OK
        return STALE

    @staticmethod
    def is_older(w, anchor):
        """Is it of a state that the slot has moved on from, since the anchor that it knows?"""
        made, current = w.made[anchor], w.made[w.slot.current]
        return made.epoch == current.epoch and w.slot.known < made.version < current.version

    def propose(self, w, i):
        slot = w.slot
        if slot.doubt and self.mutant != 'doubt-ignored':
            if w.anchor == NONE:
                self.write(w, slot.current, 'ok')
            elif self.is_older(w, w.anchor) and self.mutant != 'doubt-stays':
                self.write(w, slot.current, 'ok')
            elif w.anchor != slot.current and w.made[w.anchor].version != slot.known:
                return STALE
            w.slot = slot = slot._replace(doubt=False, known=w.made[w.anchor].version)
        proposal = w.make(slot.current, slot.last + 1, w.made[slot.current].epoch, slot.known)
        w.slot = slot._replace(last=slot.last + 1, untouched=False)
        w.update(i, proposal=proposal, fate='pending')
        return OK

    def confirm(self, w, i, outcome):
        client = w.clients[i]
        if client.fate == 'pending' and w.made[client.proposal].predecessor == w.slot.current:
            return self.advance(w, client.proposal, outcome)
        return OK if client.fate == 'accepted' else STALE

    def recover(self, w):
        """VAULT_RECOVER of what is stored, COMMIT, CONFIRM. The owner accepts what is lost by it."""
        stored = w.made[w.stored]
        known = [w.made[s] for s in (w.anchor, w.slot.current if w.slot else NONE) if s != NONE]
        version = max([made.version for made in known] + [stored.version, w.slot.last if w.slot else 0]) + 1
        epoch = max([made.epoch for made in known] + [stored.epoch]) + (0 if self.mutant == 'epoch-kept' else 1)
        state = w.make(w.stored, version, epoch, 0)
        w.stored = state
        w.acked &= w.history(state)
        w.pinned &= w.history(state)
        if self.mutant != 'recovered-unanchored' and self.kind != 'none':
            self.write(w, state, 'ok')
        for i, client in enumerate(w.clients):
            if client.session and client.fate:
                w.update(i, fate='lost')
        known = 0 if self.kind == 'none' else version
        w.slot = Slot(state, False, version, known, known, 0, False)

    # --- clients ---

    def tell(self, w, state):
        w.acked |= 1 << state
        if self.is_promised and self.each:
            w.pinned |= 1 << state

    def outcomes(self, w):
        return ('ok', 'no', 'unsure') if w.left.failure and self.kind != 'none' else ('ok',)

    def alarm(self, w, i, what):
        if not self.has_attacker and self.loss == w.left.loss:
            raise Violation('g', f'{what}, and nobody attacked')
        self.finish(w, i)

    @staticmethod
    def finish(w, i):
        if w.lock == i:
            w.lock = NONE
        w.clients[i] = Client(w.clients[i].role, 'done')

    def shows(self, w, i, outcome):
        """Presents what is stored; True if the TA takes it."""
        answer = self.present(w, w.stored, outcome)
        if answer == OK:
            w.update(i, session=True)
        elif answer != NO_ANCHOR:
            self.alarm(w, i, f'S{w.stored} is {answer}')
        return answer == OK

    def put(self, w, i, outcome):
        if self.shows(w, i, outcome):
            if self.propose(w, i) == OK:
                w.update(i, at='commit')
            else:
                self.alarm(w, i, 'no proposal is made')

    def commit(self, w, i):
        w.stored = w.clients[i].proposal
        w.lock = NONE
        w.update(i, at='confirm')

    def confirms(self, w, i, outcome):
        client = w.clients[i]
        if not client.session:
            if not self.shows(w, i, outcome):
                return
            if w.history(w.stored) >> client.proposal & 1:
                self.told(w, i)
            else:
                self.alarm(w, i, 'what was stored is gone')
            return
        answer = self.confirm(w, i, outcome)
        if answer == OK:
            self.told(w, i)
        elif answer == STALE:
            self.alarm(w, i, 'a stored proposal is lost')

    def told(self, w, i):
        client = w.clients[i]
        self.tell(w, client.proposal)
        if client.puts > 1:
            w.update(i, at='begin', puts=client.puts - 1)
        else:
            self.finish(w, i)

    def get(self, w, i, outcome):
        if self.shows(w, i, outcome):
            self.tell(w, w.stored)
            self.finish(w, i)

    def steps_of(self, w, i):
        client = w.clients[i]
        if client.at == 'begin' and client.role == 'reader':
            return [(f'presents what it reads: {outcome}', self.get, (i, outcome)) for outcome in self.outcomes(w)]
        if client.at == 'begin' and w.lock == NONE:
            return [('BEGIN IMMEDIATE and reads', self.begin, (i,))]
        if client.at == 'put':
            return [(f'put makes a proposal: {outcome}', self.put, (i, outcome)) for outcome in self.outcomes(w)]
        if client.at == 'commit':
            return [('COMMIT', self.commit, (i,))]
        if client.at == 'confirm':
            return [(f'CONFIRM: {outcome}', self.confirms, (i, outcome)) for outcome in self.outcomes(w)]
        return []

    @staticmethod
    def begin(w, i):
        w.lock = i
        w.update(i, at='put')

    # --- what else can happen ---

    def steps(self, frozen):
        def after(act, args):
            world = World(frozen)
            act(world, *args)
            return world.freeze()

        w = World(frozen)
        for i, client in enumerate(w.clients):
            for label, act, args in self.steps_of(w, i):
                yield f'{client.role} {i}: {label}', lambda act=act, args=args: after(act, args)
            if w.left.death and client.at not in ('begin', 'done'):
                yield f'{client.role} {i} dies', lambda i=i: after(self.die, (i,))
        if w.slot is not None and w.slot.window:
            for outcome in self.outcomes(w):
                yield f'a minute is over: {outcome}', lambda outcome=outcome: after(self.sync, (outcome,))
        if w.slot is not None and self.kind == 'group' and w.left.sync:
            for outcome in self.outcomes(w):
                yield f'sync: {outcome}', lambda outcome=outcome: after(self.syncs, (outcome,))
        if w.left.restart and w.slot is not None:
            yield 'the TA is restarted', lambda: after(self.restart, ())
        if w.left.attack:
            for state in range(len(w.made)):
                if state != w.stored:
                    yield f'ATTACK: the database holds S{state}', lambda state=state: after(self.attack, (state,))
        if w.left.replay:
            for anchor in w.anchors:
                yield f'ATTACK: the anchor is of S{anchor}', lambda anchor=anchor: after(self.replay, (anchor,))
        if w.left.loss and w.anchor != NONE and w.slot is None:
            yield 'the anchor is lost', lambda: after(self.lose, ())
        if w.left.recovery and w.lock == NONE and self.needs_recovery(World(frozen)):
            yield f'recovery of S{w.stored}', lambda: after(self.recovers, ())

    def syncs(self, w, outcome):
        w.spend('sync')
        if self.present(w, w.stored) == OK:
            self.told_sync(w, outcome)

    def needs_recovery(self, w):
        return self.present(w, w.stored) in (STALE, UNPROVEN)

    def recovers(self, w):
        w.spend('recovery')
        self.recover(w)

    def die(self, w, i):
        w.spend('death')
        self.finish(w, i)

    def restart(self, w):
        w.spend('restart')
        self.forget(w)

    def forget(self, w):
        w.slot = None
        for i in range(len(w.clients)):
            w.update(i, session=False, fate='')
        if self.has_attacker:
            w.acked = 0

    @staticmethod
    def attack(w, state):
        w.spend('attack')
        w.stored = state

    @staticmethod
    def replay(w, anchor):
        w.spend('replay')
        w.anchor = anchor

    def lose(self, w):
        w.spend('loss')
        w.anchor = NONE
        # Nothing is promised of what it alone proved.
        if self.has_attacker:
            w.pinned = 0

    # --- what must hold ---

    def check(self, frozen):
        w = World(frozen)
        if w.slot is not None and w.pinned & ~w.history(w.slot.current):
            raise Violation('h', f'the TA holds S{w.slot.current}, which lacks what was told and anchored')
        if w.slot is not None and self.has_attacker and w.acked & ~w.history(w.slot.current):
            raise Violation('a', f'the TA holds S{w.slot.current}, which lacks what was told')
        if not self.has_attacker and w.acked & ~w.history(w.stored):
            raise Violation('a', f'the database holds S{w.stored}, which lacks what was told')
        key = (w.made, w.stored, w.anchor, w.slot, w.left.loss)
        if key not in self.rescued:
            self.rescued.add(key)
            self.rescue(World(frozen), False)
            self.rescue(World(frozen), True)

    def rescue(self, w, is_restarted):
        """Everybody is gone but for one who begins now, and all of the device works."""
        w.lock = NONE
        for i in range(len(w.clients)):
            self.finish(w, i)
        if is_restarted:
            w.slot = None
        is_honest = not self.has_attacker and self.loss == w.left.loss
        if self.present(w, w.stored) != OK or self.propose(w, 0) != OK:
            if is_honest:
                raise Violation('g', f'S{w.stored} is refused, and nobody attacked')
            self.rescue_by_recovery(w)
        w.stored = w.clients[0].proposal
        w.update(0, session=True)
        if self.confirm(w, 0, 'ok') != OK or self.present(w, w.stored) != OK:
            raise Violation('d', 'what is put cannot be got')
        w.slot = None
        if self.present(w, w.stored) != OK:
            if self.is_promised:
                raise Violation('d', f'after a restart S{w.stored} is refused')
            self.rescue_by_recovery(w)

    def rescue_by_recovery(self, w):
        self.recover(w)
        restarted = World(w.freeze())
        restarted.slot = None
        if self.present(restarted, w.stored) != OK:
            raise Violation('d', f'after a recovery and a restart S{w.stored} is refused')
        if self.propose(w, 0) != OK:
            raise Violation('d', 'no put is possible after a recovery')


WRITER, READER = Client('writer', 'begin', 1), Client('reader', 'begin')
TWICE = Client('writer', 'begin', 2)

# What happens, with each kind of anchor that it says something of.
KEPT = KINDS[1:]
SCENARIOS = {
    'restarts': (KINDS, [WRITER, TWICE, READER], Left(restart=2, death=1)),
    'failures': (KEPT, [TWICE, WRITER], Left(restart=1, death=1, failure=2)),
    'attacks': (('each',), [WRITER, TWICE, READER], Left(restart=2, attack=2)),
    'syncs': (('group',), [WRITER, TWICE], Left(restart=1, attack=2, sync=1)),
    'recoveries': (KINDS, [TWICE, WRITER], Left(restart=2, attack=1, recovery=1)),
    'unwritten': (('each',), [TWICE], Left(restart=1, attack=1, failure=1)),
    'losses': (KEPT, [TWICE], Left(restart=3, attack=2, loss=1, recovery=1)),
    'replays': (KEPT, [TWICE, WRITER], Left(restart=2, attack=1, replay=1)),
}

# What the scenarios must reach, or they check nothing.
REACHED = ('reader: presents what it reads: ok', 'writer: CONFIRM: no', 'writer: CONFIRM: unsure', 'sync: ok', 'a minute is over: unsure',
           'recovery of S', 'the anchor is lost', 'ATTACK: the anchor is of S')

# What is wrong with each mutant, the property that it must violate, and where: scenario and kind.
MUTANTS = {
    'loads-anything': ('a fresh TA does not ask the anchor', 'm', 'attacks', 'each'),
    'below-is-taken': ('a fresh TA takes what is below the anchor', 'm', 'attacks', 'each'),
    'same-version-is-taken': ('a fresh TA compares versions alone', 'm', 'attacks', 'each'),
    'above-is-taken': ('what is above the anchor need not follow it', 'm', 'attacks', 'each'),
    'only-the-predecessor': ('the version that was anchored when a state was made does not count', 'g', 'restarts', 'group'),
    'only-what-was-anchored': ('a predecessor that is anchored does not count', 'g', 'restarts', 'group'),
    'taken-unanchored': ('what a fresh TA takes is not anchored first', 'h', 'attacks', 'each'),
    'told-before-anchor': ('a commit counts although its anchor was not written', 'h', 'unwritten', 'each'),
    'sync-lies': ('a sync says ok and writes nothing', 'd', 'syncs', 'group'),
    'sync-unpinned': ('what was synced can be replaced as a backup that was opened first', 'h', 'syncs', 'group'),
    'jumps-each': ('a higher version replaces the loaded state though each commit is anchored', 'h', 'attacks', 'each'),
    'doubt-stays': ('an earlier write that was told to have failed refuses all proposals', 'g', 'failures', 'group'),
    'doubt-ignored': ('a write that failed is taken for none', 'g', 'failures', 'group'),
    'jumps-anywhere': ('what replaces a loaded state need not follow the anchor', 'h', 'syncs', 'group'),
    'epoch-kept': ('a recovery begins no epoch', 'm', 'losses', 'group'),
    'recovered-unanchored': ('a recovery is not anchored', 'd', 'recoveries', 'each'),
}
