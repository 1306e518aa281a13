# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the vault TA, as docs/SPEC.md has them, with the faults that a mutant may have."""

from explore import Violation
from world import NONE, Session, Slot

OK, STALE, OTHER = 'OK', 'STALE', 'OTHER'


class Ta:
    def __init__(self, mutant):
        self.mutant = mutant

    def advance(self, w, state, is_settled):
        """The slot's state moves on to `state`; `is_settled`: whoever stood beside it is refused from now on."""
        slot = w.slot
        if w.refused >> state & 1:
            raise Violation('c', f'S{state} is current again, after the TA had moved past it')
        if w.lost >> state & 1:
            raise Violation('f', f'S{state} is current, and a session was told that it is lost')
        w.refused |= 1 << slot.current
        for other, made in enumerate(w.made):
            if is_settled and other != state and made.predecessor == slot.current:
                w.refused |= 1 << other
        for i, session in enumerate(w.sessions):
            if session is None:
                continue
            if session.fate == 'pending':
                is_it = session.proposal == state
                if not is_it:
                    w.lost |= 1 << session.proposal
                session = session._replace(fate='accepted' if is_it else 'lost')
            elif session.fate == 'accepted' and self.mutant == 'successor-unaccepts':
                session = session._replace(fate='lost')
            w.sessions[i] = session if self.mutant == 'base-unchecked' else session._replace(base=NONE)
        w.slot = slot._replace(current=state, last=max(slot.last, w.made[state].version))

    def present(self, w, state):
        """What VAULT_OPEN and every request with a state do first."""
        made, slot = w.made[state], w.slot
        if slot is None or slot.current == NONE:
            if slot is not None and slot.vault != made.vault:
                return OTHER
            w.slot = Slot(made.vault, state, True, made.version)
            return OK
        if slot.vault != made.vault:
            return OTHER
        if state == slot.current:
            return OK
        if made.predecessor == slot.current and self.mutant != 'no-successor':
            self.advance(w, state, not slot.untouched)
            if self.mutant == 'reading-touches':
                w.slot = w.slot._replace(untouched=False)
            return OK
        may_jump = slot.untouched and self.mutant != 'no-jump' or self.mutant == 'always-jump'
        if may_jump and made.version > w.made[slot.current].version:
            if slot.untouched:
                # What was read of a loaded backup is not promised to stay.
                w.shown &= made.history
            self.advance(w, state, False)
            return OK
        if self.mutant == 'sibling' and made.predecessor == w.made[slot.current].predecessor:
            self.advance(w, state, False)
            return OK
        return STALE

    def open(self, w, client, state):
        """VAULT_OPEN; a session that has the vault open already keeps its proposal."""
        answer = self.present(w, state)
        if answer == OK and w.sessions[client] is None:
            w.sessions[client] = Session()
        return answer

    def first_of_batch(self, w, client, state):
        answer = self.present(w, state)
        if answer == OK:
            w.sessions[client] = Session(base=w.slot.current)
        return answer

    def put(self, w, client, state, is_batch):
        """The last or only call of a commit: makes the proposal."""
        base = w.sessions[client].base
        if is_batch and base == NONE:
            return STALE
        if not is_batch:
            answer = self.present(w, state)
            if answer != OK:
                return answer
            base = w.slot.current
        if w.refused >> base & 1:
            raise Violation('c', f'a proposal follows S{base}, which was refused before')
        previous = w.made[w.slot.current].version if self.mutant == 'version-reused' else w.slot.last
        version = previous + 1
        if w.issued >> version & 1:
            raise Violation('f', f'version {version} is used twice')
        w.issued |= 1 << version
        proposal = w.make(base, version, w.slot.vault)
        w.sessions[client] = Session(proposal=proposal, fate='pending')
        w.slot = w.slot._replace(last=max(version, w.slot.last))
        if self.mutant != 'reading-touches':
            w.slot = w.slot._replace(untouched=False)
        return OK

    def confirm(self, w, client):
        """'accepted' or 'lost'."""
        session = w.sessions[client]
        follows = w.made[session.proposal].predecessor == w.slot.current
        if session.fate == 'pending' and follows or self.mutant == 'confirm-unchecked' and session.proposal != w.slot.current:
            self.advance(w, session.proposal, True)
            w.slot = w.slot._replace(untouched=False)
            if self.mutant == 'confirm-unchecked':
                w.sessions[client] = w.sessions[client]._replace(fate='accepted')
        return w.sessions[client].fate

    def create(self, w):
        """VAULT_CREATE: gives the number of a first state, or NONE if a vault is known. Leaves the slot as it is."""
        if w.slot is not None and w.slot.current != NONE:
            return NONE
        state = w.make(NONE, 1, None)
        if self.mutant == 'create-pins':
            w.slot = Slot(state, NONE, True, 0)
        return state
