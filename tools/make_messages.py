"""Writes page/src/messages.ts: the schema of glassgrad.explore.messages in TypeScript.

Call it after a change of the schema: ./dev python tools/make_messages.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from glassgrad.explore.messages import schema

TARGET = Path(__file__).parents[1] / "page" / "src" / "messages.ts"
_UNREAD = {"title", "description", "default", "minimum", "maximum", "minItems", "maxItems"}
_UNREAD |= {"maxLength"}
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
    plain = {name: stripped(part) for name, part in found["parts"].items() if name in named}
    lines += ["", f"export const PARTS: Record<string, unknown> = {json.dumps(plain)};"]
    names = found["reports"]["discriminator"]["mapping"]
    lines += ["", f"export const REPORTS: Record<string, string> = {json.dumps(names)};", ""]
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


def stripped(part: Any) -> Any:
    """Return a schema without what only readers need, and without what the page does not check."""
    if isinstance(part, list):
        return [stripped(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: {field: stripped(said) for field, said in inner.items()}
        if name == "properties"
        else stripped(inner)
        for name, inner in part.items()
        if name not in _UNREAD
    }


if __name__ == "__main__":
    TARGET.write_text(typescript(), "utf-8")
