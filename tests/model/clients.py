# SPDX-License-Identifier: BSD-2-Clause
"""What libfestore does, step by step; between any two steps anything else may happen. A step is a label and a function that
changes the world; a client that waits for SQLite's write lock has no step.

A call that finds its session gone (the TA was restarted) changes nothing, so it is one step with the VAULT_OPEN that follows it.
BEGIN IMMEDIATE and the first read are one step too: under the lock only its holder changes what is read."""

from explore import Violation
from ta import OK, OTHER
from world import NONE

# Times that a reader is refused before it takes the write lock: three in libfestore. With fewer clients and commits than it
# takes to refuse it three times, one is what reaches the lock.
READER_RETRIES = 1

FINISHED = ('done', 'dead')
# Steps at which a client has the database closed, or may have: recovery needs all of them closed.
DETACHED = FINISHED + ('begin', 'resolve')
# Steps that begin by taking the write lock.
LOCKING = ('begin-put', 'resolve', 'get-locked', 'create')


class Clients:
    def __init__(self, ta, mutant, has_attacker, started_with):
        self.ta = ta
        self.mutant = mutant
        self.has_attacker = has_attacker
        self.started_with = started_with

    def steps(self, w, i):
        """The steps that client i can take: pairs of a label and a function of a world."""
        client = w.clients[i]
        at = client.at
        if at in FINISHED or (self.locks(client) and w.lock != NONE):
            return []
        if at == 'begin':
            at = {'writer': 'begin-put', 'batch': 'begin-put', 'reader': 'snapshot', 'creator': 'create'}[client.role]
        return {
            'create': self.create,
            'commit-created': self.commit_created,
            'begin-put': lambda w, i: [('BEGIN IMMEDIATE and reads', self.begin_put)],
            'first': lambda w, i: [(self.call(w, i, 'first call of a batch'), self.first)],
            'put': self.puts,
            'commit': self.commits,
            'confirm': self.confirms,
            'resolve': lambda w, i: [('BEGIN IMMEDIATE and reads, to see what became of it', self.resolve)],
            'ask': lambda w, i: [('presents what it has read', self.ask)],
            'ask-confirm': lambda w, i: [('CONFIRM tells', self.ask_confirm)],
            'rewrite': self.rewrites,
            'tell': lambda w, i: [(f'tells: {client.verdict}', self.tell)],
            'snapshot': lambda w, i: [('takes a snapshot', self.snapshot)],
            'get': lambda w, i: [(self.call(w, i, 'presents its snapshot'), self.get)],
            'get-locked': lambda w, i: [('BEGIN IMMEDIATE and reads', self.lock_and_read)],
            'get-under-lock': lambda w, i: [(self.call(w, i, 'presents what it has read'), self.get)],
        }[at](w, i)

    @staticmethod
    def call(w, i, label):
        return label if w.sessions[i] is not None else 'has no session: VAULT_OPEN'

    @staticmethod
    def locks(client):
        return client.at in LOCKING or client.at == 'begin' and client.role != 'reader'

    # --- endings ---

    def alarm(self, w, i, what):
        """The user is told that the database is not what the TA knows."""
        if not self.has_attacker:
            raise Violation('g', f'{what}, and nobody attacked')
        self.finish(w, i)

    def finish(self, w, i):
        if w.lock == i:
            w.lock = NONE
        client = w.clients[i]
        w.clients[i] = type(client)(client.role, 'done')

    def tell(self, w, i):
        client = w.clients[i]
        bit = 1 << client.proposal
        if client.verdict == 'ok':
            w.acked |= bit
        elif client.verdict == 'failed':
            w.denied |= bit
        elif client.verdict == 'unknown':
            failures = self.started_with.failure - w.left.failure
            if failures + self.started_with.restart - w.left.restart < 2:
                raise Violation('e', 'unknown, after one failure alone')
        if client.count > 1:
            w.clients[i] = type(client)(client.role, 'begin', count=client.count - 1)
        else:
            self.finish(w, i)

    # --- put: the steps of docs/SPEC.md's table ---

    def begin_put(self, w, i):
        if w.visible == NONE:
            self.finish(w, i)
            return
        w.lock = i
        w.update(i, at='first' if w.clients[i].role == 'batch' else 'put', read=w.visible)

    def opens_instead(self, w, i):
        """True if the session was gone and the call became VAULT_OPEN."""
        if w.sessions[i] is not None:
            return False
        if self.ta.open(w, i, w.clients[i].read) != OK:
            self.alarm(w, i, 'stale under the write lock')
        elif w.clients[i].role == 'batch':
            w.update(i, at='first')
        return True

    def first(self, w, i):
        if self.opens_instead(w, i):
            return
        if self.ta.first_of_batch(w, i, w.clients[i].read) == OK:
            w.update(i, at='put')
        else:
            self.alarm(w, i, 'stale under the write lock')

    def puts(self, w, i):
        steps = [(self.call(w, i, 'put makes a proposal'), self.put)]
        if w.left.answer and w.sessions[i] is not None:
            steps.append(('put makes a proposal, but its answer is lost', self.put_unanswered))
        return steps

    def put(self, w, i):
        if self.opens_instead(w, i):
            return
        if self.ta.put(w, i, w.clients[i].read, w.clients[i].role == 'batch') != OK:
            self.alarm(w, i, 'stale under the write lock')
            return
        if self.mutant == 'confirm-first':
            self.ta.confirm(w, i)
        w.update(i, at='commit', proposal=w.sessions[i].proposal)

    def put_unanswered(self, w, i):
        w.spend('answer')
        self.ta.put(w, i, w.clients[i].read, w.clients[i].role == 'batch')
        w.update(i, at='first' if w.clients[i].role == 'batch' else 'put')

    def commits(self, w, i):
        steps = [('COMMIT', self.commit)]
        if w.left.failure:
            steps += [('COMMIT fails and nothing is written', self.commit_fails),
                      ('COMMIT fails, written and not visible', self.commit_hides),
                      ('COMMIT fails after it took place', self.commit_unsure)]
        return steps

    def store(self, w, state):
        w.visible = state
        w.hidden = NONE
        if self.mutant != 'unsynced':
            w.durable = state

    def commit(self, w, i):
        self.store(w, w.clients[i].proposal)
        w.lock = NONE
        skips = self.mutant in ('told-before-confirm', 'confirm-first')
        w.update(i, at='tell' if skips else 'confirm', committed=True, verdict='ok' if skips else '')

    def commit_fails(self, w, i):
        w.spend('failure')
        w.lock = NONE
        if self.mutant == 'failed-is-no':
            w.update(i, at='tell', verdict='failed')
        elif self.mutant == 'confirm-blindly':
            w.update(i, at='confirm')
        else:
            w.update(i, at='resolve')

    def commit_hides(self, w, i):
        w.hidden = w.clients[i].proposal
        self.commit_fails(w, i)

    def commit_unsure(self, w, i):
        self.store(w, w.clients[i].proposal)
        self.commit_fails(w, i)

    def confirms(self, w, i):
        steps = [('CONFIRM', self.confirm)]
        if w.left.answer and w.sessions[i] is not None:
            steps.append(('CONFIRM, but its answer is lost', self.confirm_unanswered))
        return steps

    def confirm(self, w, i):
        session = w.sessions[i]
        if session is None:
            w.update(i, at='resolve')
        elif self.ta.confirm(w, i) == 'accepted' or self.mutant == 'lost-is-ok':
            w.update(i, at='tell', verdict='ok')
        else:
            self.alarm(w, i, 'a stored proposal is lost')

    def confirm_unanswered(self, w, i):
        w.spend('answer')
        self.ta.confirm(w, i)

    # --- what became of a proposal: after a failed COMMIT, or when its session is gone ---

    def resolve(self, w, i):
        w.lock = i
        w.update(i, at='ask', read=w.visible)

    def ask(self, w, i):
        client = w.clients[i]
        is_silent = self.mutant == 'asked-unpresented' and w.sessions[i] is not None
        if not is_silent and self.ta.open(w, i, client.read) != OK:
            self.alarm(w, i, 'stale under the write lock')
            return
        proposal, read = w.made[client.proposal], w.made[client.read]
        knows = w.sessions[i].proposal == client.proposal
        if client.read == client.proposal:
            self.conclude(w, i, 'ok' if knows else 'ok, by another life of the TA')
        elif self.mutant == 'only-the-latest':
            self.conclude(w, i, 'failed')
        elif not client.committed and client.read == proposal.predecessor:
            self.conclude(w, i, 'failed')
        elif knows:
            w.update(i, at='ask-confirm')
        elif client.committed:
            if read.version > proposal.version:
                self.conclude(w, i, 'ok, by another life of the TA')
            else:
                self.alarm(w, i, 'what was stored is gone')
        elif read.predecessor == client.proposal:
            self.conclude(w, i, 'ok, by another life of the TA')
        else:
            self.conclude(w, i, 'unknown')

    def ask_confirm(self, w, i):
        """Not pending any more: the state that was presented neither is what it follows, nor it."""
        if w.sessions[i] is None:
            w.update(i, at='ask')
        elif self.ta.confirm(w, i) == 'accepted':
            self.conclude(w, i, 'ok')
        elif w.clients[i].committed:
            self.alarm(w, i, 'a stored proposal is lost')
        else:
            self.conclude(w, i, 'failed')

    def conclude(self, w, i, verdict):
        if w.clients[i].committed or self.mutant == 'judged-by-reading':
            w.lock = NONE
            w.update(i, at='tell', verdict=verdict)
        else:
            w.update(i, at='rewrite', verdict=verdict)

    def rewrites(self, w, i):
        steps = [('COMMIT of the state as it was read', self.rewrite)]
        if w.left.failure:
            steps.append(('COMMIT of the state as it was read fails', self.rewrite_fails))
        return steps

    def rewrite(self, w, i):
        self.store(w, w.visible)
        w.lock = NONE
        w.update(i, at='tell')

    def rewrite_fails(self, w, i):
        w.spend('failure')
        w.lock = NONE
        w.update(i, at='tell', verdict='unknown')

    # --- get ---

    def snapshot(self, w, i):
        if w.visible == NONE:
            self.finish(w, i)
            return
        w.update(i, at='get', read=w.visible, need=w.acked)

    def lock_and_read(self, w, i):
        w.lock = i
        if self.mutant == 'locked-old-snapshot':
            w.update(i, at='get-under-lock')
        else:
            w.update(i, at='get-under-lock', read=w.visible, need=w.acked)

    def get(self, w, i):
        """The session's VAULT_OPEN, or FILE_GET."""
        client = w.clients[i]
        if self.mutant == 'unpresented':
            answer = OK
        elif w.sessions[i] is None:
            answer = self.ta.open(w, i, client.read)
            if answer == OK:
                return
        else:
            answer = self.ta.present(w, client.read)
        if answer == OK:
            self.gives(w, i)
        elif answer == OTHER or client.at == 'get-under-lock' or self.mutant == 'no-retry':
            self.alarm(w, i, 'another vault' if answer == OTHER else 'stale to a reader')
        else:
            retries = client.count < READER_RETRIES
            w.update(i, at='snapshot' if retries else 'get-locked', count=client.count + 1)

    def gives(self, w, i):
        client = w.clients[i]
        if not w.holds(client.read, client.need):
            raise Violation('b', f'a reader was given S{client.read}, older than what was acknowledged before')
        w.shown |= 1 << client.read
        if client.role == 'creator':
            w.acked |= 1 << client.proposal
        self.finish(w, i)

    # --- create ---

    def create(self, w, i):
        def make(w, i):
            if w.visible != NONE:
                self.finish(w, i)
                return
            w.lock = i
            proposal = self.ta.create(w)
            if proposal == NONE:
                self.alarm(w, i, 'a vault is known where there is no database')
            else:
                w.update(i, at='commit-created', proposal=proposal)
        return [('BEGIN IMMEDIATE, VAULT_CREATE', make)]

    def commit_created(self, w, i):
        def commit(w, i):
            self.store(w, w.clients[i].proposal)
            w.lock = NONE
            w.update(i, at='snapshot')

        def hides(w, i):
            w.hidden = w.clients[i].proposal
            fails(w, i)

        def fails(w, i):
            w.spend('failure')
            self.finish(w, i)
        steps = [('COMMIT', commit)]
        if w.left.failure:
            steps += [('COMMIT fails', fails), ('COMMIT fails, written and not visible', hides)]
        return steps
