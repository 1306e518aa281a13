# SPDX-License-Identifier: BSD-2-Clause
"""What there is at one moment: sealed states, database, TA, clients, and what the properties need to remember (`acked` to `issued`).

Sealed states are numbers in the order of their making. Sets of them and of versions are bit masks."""

from collections import namedtuple

NONE = -1

# A state that the TA has made: what it follows, and all that it follows, itself included, as a mask.
Made = namedtuple('Made', 'predecessor version history vault')

# The TA's memory of the vault; there is no slot (None) until a vault was opened.
Slot = namedtuple('Slot', 'vault current untouched last')

# A session in which the vault is open: base of a batch under way, and its own last proposal ('', 'pending', 'accepted', 'lost').
Session = namedtuple('Session', 'base proposal fate', defaults=(NONE, NONE, ''))

# A process and its library: the step it is at, the state that it has read, its proposal, a count (of puts left, or of retries),
# whether its COMMIT succeeded, what it is about to tell, and what its read must contain.
Client = namedtuple('Client', 'role at read proposal count committed verdict need', defaults=(NONE, NONE, 0, False, '', 0))

# How often what is not a client's own step may still happen.
Left = namedtuple('Left', 'death restart cut failure answer attack', defaults=(0,) * 6)

FIELDS = ('made', 'visible', 'hidden', 'durable', 'lock', 'slot', 'sessions', 'clients', 'left',
          'acked', 'shown', 'denied', 'refused', 'lost', 'issued')


class World:
    """One state, thawed, to be changed in place.

    The database: `visible` is what a transaction reads; `durable` is what a power cut leaves; `hidden` is a commit that is whole in
    the write-ahead log and was not made visible, as its process died or its sync failed: recovery would bring it back."""

    __slots__ = FIELDS

    def __init__(self, frozen):
        (self.made, self.visible, self.hidden, self.durable, self.lock, self.slot, sessions, clients, self.left,
         self.acked, self.shown, self.denied, self.refused, self.lost, self.issued) = frozen
        self.sessions = list(sessions)
        self.clients = list(clients)

    def freeze(self):
        return (self.made, self.visible, self.hidden, self.durable, self.lock, self.slot, tuple(self.sessions), tuple(self.clients),
                self.left, self.acked, self.shown, self.denied, self.refused, self.lost, self.issued)

    def make(self, predecessor, version, vault):
        number = len(self.made)
        history = 1 << number | (self.made[predecessor].history if predecessor != NONE else 0)
        self.made += (Made(predecessor, version, history, number if vault is None else vault),)
        return number

    def holds(self, state, others):
        """Whether `state` has all of the mask `others` in its history."""
        history = 0 if state == NONE else self.made[state].history
        return others & ~history == 0

    def update(self, client, **fields):
        self.clients[client] = self.clients[client]._replace(**fields)

    def spend(self, what):
        self.left = self.left._replace(**{what: getattr(self.left, what) - 1})


def begin(clients, left, history=0):
    """The first world: a database with `history` commits on an empty vault, or none at all (NONE), and a TA just started."""
    made = tuple(Made(i - 1, i + 1, (2 << i) - 1, 0) for i in range(history + 1))
    latest = len(made) - 1
    return (made, latest, NONE, latest, NONE, None, (None,) * len(clients), tuple(clients), left, 0, 0, 0, 0, 0, 0)
