"""Writes page/src/messages.ts: the schema of glassgrad.explore.messages in TypeScript.

Call it after a change of the schema: ./dev python tools/make_messages.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from glassgrad.explore.messages import schema

TARGET = Path(__file__).parents[1] / "page" / "src" / "messages.ts"
_SHORT = {"integer": "int", "number": "num", "string": "str", "boolean": "bool", "null": "null"}
_REAL = {"num", "'-inf", "'inf", "'nan"}
HEAD = "// Written by tools/make_messages.py from glassgrad/explore/messages; not to be edited."


def typescript() -> str:
    """Return the file's content."""
    found = schema()
    lines = [HEAD]
    for name, part in found["parts"].items():
        lines += ["", *comment(part), f"export type {name} = {written(part, top=True)};"]
    for name, union in (("Request", found["requests"]), ("Report", found["reports"])):
        lines += ["", f"export type {name} = {written(union)};"]
    named = reached(found["reports"], found["parts"])
    lines += ["", "/** What the page checks, a word a field; wire.ts reads it. */"]
    lines += ["export const PARTS: Record<string, string> = {"]
    lines += [f"  {name}: {json.dumps(fields(found['parts'][name]))}," for name in sorted(named)]
    lines += ["};", ""]
    return "\n".join(lines)


def comment(part: dict[str, Any]) -> list[str]:
    """Return the first line of a part's docstring as a comment."""
    said = part.get("description", "").splitlines()
    return [f"/** {said[0]} */"] if said else []


def written(part: dict[str, Any], top: bool = False) -> str:
    """Return a schema as a TypeScript type."""
    if "$ref" in part:
        return str(part["$ref"])
    if "anyOf" in part:
        return " | ".join(written(option) for option in part["anyOf"])
    if "enum" in part:
        return " | ".join(json.dumps(option) for option in part["enum"])
    kind = part.get("type")
    if kind == "array" and "prefixItems" in part:
        return f"[{', '.join(written(item) for item in part['prefixItems'])}]"
    if kind == "array":
        return f"({written(part['items'])})[]"
    if kind == "object" and "properties" in part:
        required = part.get("required", [])
        fields = [
            f"{name}{'' if name in required else '?'}: {written(field)}"
            for name, field in part["properties"].items()
        ]
        return "{\n  " + ";\n  ".join(fields) + ";\n}" if top else f"{{ {'; '.join(fields)} }}"
    if kind == "object":
        return f"Record<string, {written(part['additionalProperties'])}>"
    return {"integer": "number", "null": "null", None: "unknown"}.get(kind, str(kind))


def reached(part: Any, parts: dict[str, Any]) -> set[str]:
    """Return the names of all parts that a schema is made of."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            name = one.get("$ref")
            if name is not None and name not in found:
                found.add(name)
                waiting.append(parts[name])
            waiting += one.values()
    return found


def fields(part: dict[str, Any]) -> str:
    """Return the fields of a part as words like `loss:Real`; `?` is at one that may be missing."""
    required = part.get("required", [])
    return " ".join(
        f"{name}{'' if name in required else '?'}:{word(field)}"
        for name, field in part["properties"].items()
    )


def word(part: dict[str, Any]) -> str:
    """Return a schema as a word: `int`, `Part`, `'literal`, `int|null`, `num[]`, `num[2]`, `str{}`.

    What stands at the end holds for all before it: `int|null[]` are many, each an int or null.

    Raises:
        ValueError: the schema has no such word.
    """
    if "$ref" in part:
        return str(part["$ref"])
    if "anyOf" in part:
        options = [option for choice in part["anyOf"] for option in word(choice).split("|")]
        return "Real" if set(options) == _REAL else either(options)
    if "enum" in part:
        return either([f"'{option}" for option in part["enum"]])
    kind = part["type"]
    if kind == "array" and "prefixItems" in part:
        items = part["prefixItems"]
        return f"{either(list(dict.fromkeys(map(word, items))))}[{len(items)}]"
    if kind == "array":
        return f"{word(part['items'])}[]"
    if kind == "object":
        return f"{word(part['additionalProperties'])}{{}}"
    return _SHORT[kind]


def either(options: list[str]) -> str:
    """Return the word of one or more possibilities."""
    if len(options) > 1 and any(option[-1] in "]}" for option in options):
        raise ValueError(f"no word says that something may be one of {options}; give it a part")
    return "|".join(options)


if __name__ == "__main__":
    TARGET.write_text(typescript(), "utf-8")
