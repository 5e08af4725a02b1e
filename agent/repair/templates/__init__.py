"""The repair templates: each turns a place in the code into a few small edits."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from itertools import islice

from agent.repair.candidate import Candidate, Site
from agent.repair.raised import raises_an_error
from agent.repair.source import Module
from agent.repair.splice import normal_form, parses, unit_of
from agent.repair.templates import (
    arguments,
    arithmetic,
    asked,
    attributes,
    augmented,
    boolean,
    bounds,
    calls,
    comparison,
    conditions,
    constants,
    coroutines,
    exceptions,
    fills,
    guards,
    jumps,
    lost,
    mined,
    parameters,
    returns,
    statements,
    strings,
    variables,
    wraps,
)

Template = Callable[[Site], Iterator[Candidate]]

TEMPLATES: dict[str, Template] = {
    "comparison": comparison.comparison,
    "membership": comparison.membership,
    "arithmetic": arithmetic.arithmetic,
    "augmented-assignment": augmented.augmented,
    "and-or": boolean.connective,
    "number": constants.number,
    "truth-value": constants.truth,
    "index": bounds.index,
    "slice": bounds.slice_bound,
    "range": bounds.range_bound,
    "length": bounds.length,
    "offset": bounds.offset,
    "variable": variables.variable,
    "attribute": attributes.attribute,
    "missing-self": attributes.missing_self,
    "call-target": calls.call_target,
    "argument-swap": arguments.argument_swap,
    "argument-add": arguments.argument_add,
    "argument-drop": arguments.argument_drop,
    "operand-order": arithmetic.operand_order,
    "sign": arithmetic.sign,
    "string": strings.string,
    "other-string": strings.other_string,
    "quoted-name": strings.quoted_name,
    "exception-type": exceptions.exception_type,
    "negation": boolean.negation,
    "truthiness": boolean.truthiness,
    "instance": comparison.instance,
    "condition-drop": conditions.condition_drop,
    "condition-add": conditions.condition_add,
    "asked": asked.asked,
    "asked-below": asked.asked_below,
    "filter-add": conditions.filter_add,
    "guard": guards.guard,
    "default-value": guards.default_value,
    "lookup": guards.lookup,
    "value-or-none": guards.value_or_none,
    "returned": returns.returned,
    "missing-return": returns.missing_return,
    "tuple-order": returns.tuple_order,
    "ternary": returns.ternary,
    "await": coroutines.awaiting,
    "yield-from": coroutines.yielding,
    "jump": jumps.jump,
    "returned-jump": jumps.returned_jump,
    "repetition": jumps.repetition,
    "empty-value": constants.empty_value,
    "fraction": constants.fraction,
    "default-change": parameters.default_change,
    "default-add": parameters.default_add,
    "wrap": wraps.wrap,
    "wrap-iterable": wraps.wrap_iterable,
    "unwrap": wraps.unwrap,
    "collected": wraps.collected,
    "at-least": wraps.at_least,
    "attribute-add": attributes.attribute_add,
    "attribute-drop": attributes.attribute_drop,
    "assigned-variable": variables.assigned_variable,
    "operand-drop": arithmetic.operand_drop,
    "move": statements.move,
    "leave-block": statements.leave_block,
    "enter-block": statements.enter_block,
    "fill": fills.fill,
    "kept-value": lost.kept_value,
    "element-add": lost.element_add,
    "attribute-of-self": lost.attribute_of_self,
    "mined-condition": mined.mined_condition,
    "mined-part": mined.mined_part,
    "mined-argument": mined.mined_argument,
    "keyword-value": mined.keyword_value,
    "mined-call": mined.mined_call,
    "deletion": statements.deletion,
    "condition-constant": conditions.condition_constant,
}

# Rough shares of real one-statement fixes; what destroys behaviour passes weak tests too easily and comes last.
PRIORS: dict[str, float] = {
    "comparison": 0.30,
    "membership": 0.12,
    "arithmetic": 0.22,
    "augmented-assignment": 0.15,
    "and-or": 0.20,
    "number": 0.25,
    "truth-value": 0.20,
    "index": 0.20,
    "slice": 0.20,
    "range": 0.25,
    "length": 0.15,
    "offset": 0.10,
    "variable": 0.35,
    "attribute": 0.25,
    "missing-self": 0.25,
    "call-target": 0.30,
    "argument-swap": 0.15,
    "argument-add": 0.20,
    "argument-drop": 0.06,
    "operand-order": 0.12,
    "sign": 0.08,
    "string": 0.12,
    "other-string": 0.12,
    "quoted-name": 0.10,
    "exception-type": 0.12,
    "negation": 0.10,
    "truthiness": 0.10,
    "instance": 0.12,
    "condition-drop": 0.08,
    "condition-add": 0.15,
    "asked": 0.04,
    "asked-below": 0.12,
    "filter-add": 0.06,
    "guard": 0.18,
    "default-value": 0.08,
    "lookup": 0.12,
    "value-or-none": 0.05,
    "returned": 0.10,
    "missing-return": 0.20,
    "tuple-order": 0.12,
    "ternary": 0.08,
    "await": 0.15,
    "yield-from": 0.08,
    "jump": 0.10,
    "returned-jump": 0.04,
    "repetition": 0.05,
    "empty-value": 0.10,
    "fraction": 0.05,
    "default-change": 0.12,
    "default-add": 0.05,
    "wrap": 0.08,
    "wrap-iterable": 0.08,
    "unwrap": 0.05,
    "collected": 0.06,
    "at-least": 0.04,
    "attribute-add": 0.08,
    "attribute-drop": 0.04,
    "assigned-variable": 0.06,
    "operand-drop": 0.03,
    "move": 0.04,
    "leave-block": 0.06,
    "enter-block": 0.05,
    "fill": 0.25,
    "kept-value": 0.12,
    "element-add": 0.08,
    "attribute-of-self": 0.06,
    "mined-condition": 0.20,
    "mined-part": 0.05,
    "mined-argument": 0.08,
    "keyword-value": 0.12,
    "mined-call": 0.05,
    "deletion": 0.02,
    "condition-constant": 0.01,
}
# They narrow what the code does by a question of their own: any patch could be narrowed so, and a suite seldom says no.
NARROWING = frozenset({"asked", "asked-below", "filter-add"})
PER_NODE_MAX = 60


def candidates(module: Module, lines: Collection[int], reach: int = 1) -> Iterator[Candidate]:
    """Yield every template's edits at the nodes whose own code lies on these lines (1-based), each result once.

    Nodes come in source order, templates in the order of the table; of two with one result the likelier stands.
    Every result parses and differs from the module; what it raises can be raised. Templates think of `reach` times as
    many names and pieces of code as usual.
    """
    found: dict[tuple[int, int, str], Candidate | None] = {(0, 0, ""): None}
    for node in module.nodes_on(lines):
        unit = unit_of(module, node)
        for candidate in _at(module, node, reach):
            form = normal_form(module.text, candidate.edit)
            known = found.get(form)
            if form not in found:
                is_sound = parses(module, unit, candidate.edit) and raises_an_error(module, node, candidate.edit)
                found[form] = candidate if is_sound else None
            elif known is not None and candidate.prior > known.prior:
                found[form] = candidate
    yield from filter(None, found.values())


def _at(module: Module, node: ast.AST, reach: int) -> Iterator[Candidate]:
    for name, template in TEMPLATES.items():
        yield from islice(template(Site(module, node, name, PRIORS[name], reach)), PER_NODE_MAX * reach)
