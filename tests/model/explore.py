# SPDX-License-Identifier: BSD-2-Clause
"""Breadth-first search through every state that a model can reach. States are frozen (hashable); the violation found is one of
the nearest to the start."""


class Violation(Exception):
    """A property does not hold; `letter` is the property's."""

    def __init__(self, letter, what):
        super().__init__(f'({letter}) {what}')
        self.letter = letter


class Found(Exception):
    """A violation, and the steps that lead to it."""

    def __init__(self, violation, steps):
        super().__init__(str(violation))
        self.letter = violation.letter
        self.steps = steps


def way_to(parents, state):
    steps = []
    while parents[state] is not None:
        state, label = parents[state]
        steps.append(label)
    return steps[::-1]


def explore(model):
    """Counts of states and of transitions, and the labels of those; or raises Found."""
    first = model.first()
    parents = {first: None}
    level = [first]
    transitions = 0
    labels = set()
    while level:
        reached = []
        for state in level:
            label = 'stands still'
            try:
                for label, act in model.steps(state):
                    transitions += 1
                    labels.add(label)
                    after = act()
                    if after not in parents:
                        model.check(after)
                        parents[after] = (state, label)
                        reached.append(after)
            except Violation as violation:
                raise Found(violation, way_to(parents, state) + [label]) from None
        level = reached
    return len(parents), transitions, labels
