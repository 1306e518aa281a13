# SPDX-License-Identifier: BSD-2-Clause
"""The protocol as a whole: clients and TA, what else can happen to them, and what must hold at every moment.

(a) what a caller was told is stored is in every later state
(b) no read gives what is older than what was acknowledged before it; what was given stays
(c) what the TA has moved past is refused, and so is what stood beside it
(d) from everywhere, one fresh client that goes on alone can put and get
(e) what is told after a failure is the truth
(f) a version is used once in a life of the TA; a proposal that was called lost is never current
(g) without an attacker nobody is told of one

Not modelled: what a change does to the tree, lists, VAULT_DESTROY, more than one vault; epochs and anchors, which
anchors.py has."""

from clients import DETACHED, FINISHED, Clients
from explore import Violation
from ta import OK, Ta
from world import NONE, World, begin

PROPERTIES = 'abcdefg'


class Protocol:
    def __init__(self, clients, left, history=0, mutant=None):
        self.start = begin(clients, left, history)
        self.has_attacker = left.attack > 0
        self.mutant = mutant
        self.ta = Ta(mutant)
        self.library = Clients(self.ta, mutant, self.has_attacker, left)
        self.rescued = set()

    def first(self):
        return self.start

    # --- what can happen ---

    def steps(self, frozen):
        """Every label and what makes the state after it. Raises if a client that waits has nothing to wait for."""
        def after(act, *args):
            world = World(frozen)
            act(world, *args)
            return world.freeze()

        w = World(frozen)
        is_stuck = True
        for i, client in enumerate(w.clients):
            for label, act in self.library.steps(w, i):
                is_stuck = False
                yield f'{client.role} {i}: {label}', lambda act=act, i=i: after(act, i)
        if is_stuck and any(client.at not in FINISHED for client in w.clients):
            raise Violation('d', 'every client waits')
        for label, act, args in self.events(w):
            yield label, lambda act=act, args=args: after(act, *args)

    def events(self, w):
        for i, client in enumerate(w.clients):
            if w.left.death and client.at not in FINISHED + ('begin',):
                yield f'{client.role} {i} dies', self.die, (i,)
                if client.at in ('commit', 'commit-created'):
                    yield f'{client.role} {i} dies in COMMIT, written and not visible', self.die_hiding, (i,)
        if w.left.restart and w.slot is not None:
            yield 'the TA is restarted', self.restart, ()
        if w.left.cut:
            for state in self.survivors(w):
                yield f'power cut, S{state} remains', self.cut, (state,)
        if w.hidden != NONE and all(client.at in DETACHED for client in w.clients):
            yield f'recovery brings back S{w.hidden}', self.recover, ()
        if w.left.attack:
            for state in range(len(w.made)):
                if state != w.visible:
                    yield f'ATTACK: the database holds S{state}', self.attack, (state,)

    @staticmethod
    def survivors(w):
        committing = {client.proposal for client in w.clients if client.at in ('commit', 'commit-created')}
        return ({w.durable, w.visible, w.hidden} | committing) - {NONE} | {w.durable}

    def kill(self, w, i):
        """Linux closes the session, SQLite's lock is the kernel's."""
        if w.lock == i and self.mutant != 'lock-outlives':
            w.lock = NONE
        w.sessions[i] = None
        client = w.clients[i]
        w.clients[i] = type(client)(client.role, 'dead')

    def die(self, w, i):
        w.spend('death')
        self.kill(w, i)

    def die_hiding(self, w, i):
        w.hidden = w.clients[i].proposal
        self.die(w, i)

    def restart(self, w):
        w.spend('restart')
        self.forget(w)

    def forget(self, w):
        """A life of the TA ends. What an attacker may do across it is not promised (anchor `none`)."""
        w.slot = None
        w.sessions = [None] * len(w.sessions)
        w.refused = w.lost = w.issued = 0
        if self.has_attacker:
            w.acked = w.shown = 0
            for i, client in enumerate(w.clients):
                w.update(i, need=0)
                if client.verdict == 'ok':
                    w.update(i, verdict='ok, by another life of the TA')

    def cut(self, w, state):
        """Clients that have not begun begin afterwards. What recovery had shown before it was ever synced may go."""
        w.spend('cut')
        for i, client in enumerate(w.clients):
            if client.at not in FINISHED + ('begin',):
                self.kill(w, i)
        unsynced = self.history(w, w.visible) & ~self.history(w, w.durable)
        w.shown &= ~unsynced
        w.visible = w.durable = state
        w.hidden = w.lock = NONE
        self.forget(w)

    @staticmethod
    def history(w, state):
        return 0 if state == NONE else w.made[state].history

    @staticmethod
    def recover(w):
        w.visible, w.hidden = w.hidden, NONE

    @staticmethod
    def attack(w, state):
        w.spend('attack')
        w.visible = w.durable = state
        w.hidden = NONE

    # --- what must hold ---

    def check(self, frozen):
        w = World(frozen)
        if self.has_attacker:
            if w.slot is not None and not w.holds(w.slot.current, w.acked):
                raise Violation('a', f'the TA holds S{w.slot.current}, which lacks what was acknowledged')
            if w.slot is not None and not w.holds(w.slot.current, w.shown):
                raise Violation('b', f'the TA holds S{w.slot.current}, which lacks what was read')
            return
        if not w.holds(w.visible, w.acked):
            raise Violation('a', f'the database holds S{w.visible}, which lacks what was acknowledged')
        if not w.holds(w.visible, w.shown):
            raise Violation('b', f'the database holds S{w.visible}, which lacks what was read')
        if self.history(w, w.visible) & w.denied:
            raise Violation('e', f'the database holds S{w.visible}, with what was told to have failed')
        self.check_rescue(w)

    def check_rescue(self, w):
        key = (w.made, w.visible, w.hidden, w.slot, w.lock)
        if key in self.rescued:
            return
        for state in {w.visible} | ({w.hidden} - {NONE}):
            self.rescue(World(w.freeze()), state)
        self.rescued.add(key)

    def rescue(self, w, state):
        """Everybody is gone but for one who begins now; `state` is what the database then holds."""
        for i in range(len(w.clients)):
            self.kill(w, i)
        w.visible = state
        if w.lock != NONE:
            raise Violation('d', 'a dead client holds the write lock')
        if w.visible == NONE:
            w.visible = self.ta.create(w)
            if w.visible == NONE:
                raise Violation('d', 'no vault, and none can be made')
        if self.ta.open(w, 0, w.visible) != OK:
            raise Violation('d', f'the vault is locked: S{w.visible} is refused, the TA holds S{w.slot.current}')
        if self.ta.put(w, 0, w.visible, False) != OK:
            raise Violation('d', 'no put is possible')
        w.visible = w.sessions[0].proposal
        if self.ta.confirm(w, 0) != 'accepted' or self.ta.present(w, w.visible) != OK:
            raise Violation('d', 'what is put cannot be got')
