"""What a flaw file changes Nova with: the text of a function, or what stands in a place. All of it can be taken back.

It runs inside the Nova process; nothing here knows which flaws there are.
"""

import ast
import inspect
import re
import runpy
import sys
import textwrap

_undone_by = []  # functions without arguments, oldest change first
_texts = {}  # (owner, name) → (the first line's number, the text that is in force)
_NOTHING = object()


def plant(flaws):
    """Take back every flaw there is, then run these files. When one raises, none is planted."""
    _take_back()
    try:
        for flaw in flaws:
            runpy.run_path(flaw, run_name="flaw")
    except BaseException:
        _take_back()
        raise


def edit(owner, name, *changes, **names):
    """Change function `name` of a class or module as a patch would: each `(old, new)` replaces text that occurs in it once.

    Where `old` has white space, the function may have any. `names` are what the new text may say besides the names of the
    function's module. The function is made anew with its decorators, so that those may be changed too.
    """
    module = sys.modules[owner.__module__] if inspect.isclass(owner) else owner
    line, text = _texts.get((owner, name)) or _source(module, owner, name)
    changed = text
    for old, new in changes:
        pattern = r"\s+".join(map(re.escape, old.split()))
        if (count := len(re.findall(pattern, changed))) != 1:
            raise ValueError(f"{old!r} occurs {count} times, not once, in {owner.__name__}.{name}.")
        changed = re.sub(pattern, lambda _: new, changed)
    for alias, value in names.items():
        replace(module, alias, value)
    seen = dict(vars(owner))  # a decorator may be a name of the class
    code = compile("\n" * (line - 1) + changed, module.__file__, "exec")
    exec(code, module.__dict__, seen)
    replace(owner, name, seen[name])
    _remember_text(owner, name, (line, changed))


def replace(owner, name, value):
    """Put `value` in the place of an attribute of a class or module, or of a member of a dict."""
    if isinstance(owner, dict):
        before = owner.get(name, _NOTHING)
        put, remove = owner.__setitem__, owner.pop
    else:
        before = vars(owner).get(name, _NOTHING)
        put, remove = (lambda *item: setattr(owner, *item)), (lambda name: delattr(owner, name))
    put(name, value)
    _undone_by.append(lambda: remove(name) if before is _NOTHING else put(name, before))


def _take_back():
    while _undone_by:
        _undone_by.pop()()


def _source(module, owner, name):
    """A function's text with its decorators, from the left margin, and the number of its first line."""
    lines = inspect.getsource(module)
    body = ast.parse(lines).body
    if inspect.isclass(owner):
        [body] = [node.body for node in body if isinstance(node, ast.ClassDef) and node.name == owner.__name__]
    [function] = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == name]
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    text = textwrap.dedent("\n".join(lines.splitlines()[first - 1:function.end_lineno]) + "\n")
    if "super()" in text or "__class__" in text:
        raise ValueError(f"{owner.__name__}.{name} cannot be edited: it knows its class.")
    return first, text


def _remember_text(owner, name, text):
    before = _texts.get((owner, name))
    _texts[owner, name] = text
    _undone_by.append(lambda: _texts.pop((owner, name)) if before is None else _texts.update({(owner, name): before}))
