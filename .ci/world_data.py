"""
Derive the data of the simulated Seam: the shapes of its resources, and its operations.

    node -e 'console.log(JSON.stringify(require("@seamapi/types/connect").openapi))' > openapi.json
    python .ci/world_data.py openapi.json @seamapi/types@1.977.0 [FOLDER]

The sources are the OpenAPI document of `@seamapi/types` and the Python SDK that is installed.
What only one of them has is in the data too. Where both have a property or a parameter, the
document decides, because it has formats and limits; values of an enumeration are united.
Only facts are kept: names, types, formats, limits, values, null. No text of Seam is.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
import sys
import textwrap
import types
import typing
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import seam.routes
from seam.null import Null

from seamproof.schemas.sources.openapi_schema import Document, convert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seamproof.json_types import Json, JsonObject

    Route = Callable[..., object] | None

OUT: Final = Path(__file__).parents[1] / "src/seamproof/mock_server/world/data"
#: Seam's own applications call these; their parameters are no part of the API for customers.
INTERNAL: Final = ("/seam/", "/unstable_partner/")
#: Resources that are described elsewhere: events by the catalogue, pages by what lists.
ELSEWHERE: Final = ("event", "pagination")
PRIMITIVES: Final = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    type(None): "null",
}


def main() -> None:
    """
    Read both sources and write both files.
    """
    text = Path(sys.argv[1]).read_text("utf-8")
    document = Document(json.loads(text), text, sys.argv[2])
    sources = [sys.argv[2], f"seam=={version('seam')} (Python)"]
    routes = dict(sdk_routes())
    resources = {
        name: schema_of(document, given, f"/components/schemas/{name}")
        for name, given in document.root["components"]["schemas"].items()
        if name not in (*ELSEWHERE, "batch")
    }
    resources["batch"] = batch(document.root["components"]["schemas"]["batch"], resources)
    formats = common_formats(resources)
    operations = {
        path: operation(document, path, routes.get(path), resources, formats)
        for path in sorted({*document.root["paths"], *routes})
    }
    add_sdk_resources(resources, routes.values(), formats)
    used = {*resources["batch"]["properties"], *resources_of(operations)}
    kept = {name: one for name, one in sorted(resources.items()) if {name, f"{name}s"} & used}
    folder = Path(sys.argv[3]) if sys.argv[3:] else OUT
    write(folder, "resources", sources, kept)
    write(folder, "operations", sources, operations)


def resources_of(operations: JsonObject) -> Iterator[str]:
    """
    Yield the names of the resources that operations answer.
    """
    for one in operations.values():
        answer = one.get("response", {})
        for part in (answer, *answer.get("also", {}).values()):
            if part.get("resource"):
                yield part["resource"]


# ------------------------------------------------------------------------------------ Schemas


def schema_of(document: Document, given: object, pointer: str) -> JsonObject:
    """
    Convert a schema of the document, with one object for each `allOf` of objects.
    """
    return simplified(convert(document, given, pointer))


def simplified(schema: Json) -> Json:
    """
    Merge `allOf`, write one value as `const`, and leave out formats of numbers and deprecation.
    """
    if isinstance(schema, list):
        return [simplified(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        name: {key: simplified(one) for key, one in value.items()}
        if name == "properties"
        else value
        if name in ("enum", "required")
        else simplified(value)
        for name, value in schema.items()
        if name != "deprecated" and not (name == "format" and value in ("float", "double"))
    }
    choices = plain.get("oneOf", ())
    if choices and all(one.keys() <= {"type", "enum", "const"} for one in choices):
        values = [x for one in choices for x in one.get("enum", [one.get("const")])]
        if None not in values:
            plain = {"type": choices[0]["type"], "enum": list(dict.fromkeys(values))}
    if len(plain.get("enum", ())) == 1:
        plain["const"] = plain.pop("enum")[0]
    return merged(plain) if "allOf" in plain else plain


def merged(schema: JsonObject) -> JsonObject:
    """
    Merge the branches of `allOf` that only add properties; keep one choice beside them.
    """
    whole = {key: value for key, value in schema.items() if key != "allOf"}
    others = []
    for branch in schema["allOf"]:
        clash = branch.keys() & whole.keys() - {"type", "properties", "required"}
        same = all(
            whole.get("properties", {}).get(name, one) == one
            for name, one in branch.get("properties", {}).items()
        )
        if clash or not same:
            others.append(branch)
            continue
        whole = {**whole, **branch}
        for key, kind in (("properties", dict), ("required", list)):
            parts = [one[key] for one in (schema, *schema["allOf"]) if key in one]
            if parts:
                whole[key] = list(dict.fromkeys(x for p in parts for x in p))
                if kind is dict:
                    whole[key] = {name: one for part in parts for name, one in part.items()}
    return {**whole, "allOf": others} if others else whole


def common_formats(resources: JsonObject) -> dict[str, str]:
    """
    Map each name of a property to its format, where all properties of the name have the same.
    """
    found: dict[str, set[str | None]] = {}
    for name, schema in properties_in({"properties": resources}):
        if "string" in (schema.get("type") or ()):
            found.setdefault(name, set()).add(schema.get("format"))
    return {
        name: one
        for name, formats in found.items()
        if len(formats) == 1 and (one := next(iter(formats)))
    }


def properties_in(schema: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """
    Yield every property of a schema, however deep.
    """
    for name, one in schema.get("properties", {}).items():
        yield name, one
        yield from properties_in(one)
    branches = [one for key in ("allOf", "anyOf", "oneOf") for one in schema.get(key, ())]
    for one in (*branches, schema.get("items"), schema.get("additionalProperties")):
        if isinstance(one, dict):
            yield from properties_in(one)


def batch(component: JsonObject, resources: JsonObject) -> JsonObject:
    """
    Describe the answer that has lists of several resources, by references to them.
    """
    properties = {}
    for key, one in component["properties"].items():
        name = one["items"].get("$ref", "").rpartition("/")[2]
        items = {"$ref": f"#/resources/{name}"} if name in resources else {"type": "object"}
        properties[key] = {"type": "array", "items": items}
    return {"type": "object", "properties": properties}


# --------------------------------------------------------------------------------- Operations


def operation(
    document: Document,
    path: str,
    route: Route,
    resources: JsonObject,
    formats: dict[str, str],
) -> JsonObject:
    """
    Describe an operation as the document and the SDK have it.
    """
    methods = document.root["paths"].get(path, {})
    names = {"get": "GET", "post": "POST", "put": "PUT", "patch": "PATCH", "delete": "DELETE"}
    found: JsonObject = {
        "status": status_of(methods, route),
        "methods": [names[one] for one in names if one in methods] or sdk_methods(route),
    }
    if path.startswith(INTERNAL):
        nothing = {"key": None, "resource": None, "list": False}
        more = {"paginated": False, "action_type": None}
        return {**found, "parameters": {}, "response": {**nothing, **more}}
    given = parameters(document, path, methods)
    found["parameters"] = with_sdk_parameters(given, route, formats)
    if not methods:
        found["parameters"]["required"] = needed_by_sdk(route)
    if needed := route and route.__seam_at_least_one_parameter_names__:
        found["at_least_one"] = sorted(needed)
    found["response"] = response(document, path, methods, route, resources)
    return found


def status_of(methods: JsonObject, route: Route) -> str:
    """
    Return whether the document has the operation, hides it, or takes it away.
    """
    if not methods:
        return "documented" if route else "undocumented"
    if any(one.get("x-undocumented") for one in methods.values()):
        return "undocumented"
    old = any(one.get("deprecated") or one.get("x-deprecated") for one in methods.values())
    return "deprecated" if old else "documented"


def parameters(document: Document, path: str, methods: JsonObject) -> JsonObject:
    """
    Convert the parameters of an operation, of its body or of its query.
    """
    at = f"/paths/{path.replace('/', '~1')}"
    method = "post" if "post" in methods else next(iter(methods), "")
    body = methods.get(method, {}).get("requestBody")
    if body:
        pointer = f"{at}/{method}/requestBody/content/application~1json/schema"
        given = body["content"]["application/json"]["schema"]
        return with_defaults(schema_of(document, given, pointer), given)
    found: JsonObject = {"type": "object", "properties": {}}
    for index, one in enumerate(methods.get(method, {}).get("parameters", ())):
        pointer = f"{at}/{method}/parameters/{index}/schema"
        found["properties"][one["name"]] = schema_of(document, one["schema"], pointer)
    return found


def with_defaults(schema: JsonObject, given: JsonObject) -> JsonObject:
    """
    Add the defaults of parameters, which the conversion leaves out.
    """
    for branch in (given, *given.get("allOf", ())):
        for name, one in branch.get("properties", {}).items():
            if "default" in one and name in schema.get("properties", {}):
                schema["properties"][name]["default"] = one["default"]
    return schema


def with_sdk_parameters(schema: JsonObject, route: Route, formats: dict[str, str]) -> JsonObject:
    """
    Add the parameters, and the values of an enumeration, that only the SDK has.
    """
    hints = typing.get_type_hints(route) if route else {}
    there = dict(properties_in(schema))
    added = schema.setdefault("properties", {})
    for name, hint in hints.items():
        if name in ("return", "wait_for_action_attempt"):
            continue
        one = schema_of_type(hint, name, formats)
        if name in there:
            unite(there[name], one)
        else:
            added[name] = one
    return schema


def needed_by_sdk(route: Route) -> list[str]:
    """
    Return the parameters that a call of the SDK needs.
    """
    given = inspect.signature(route).parameters.values()
    return [one.name for one in given if one.default is one.empty and one.name != "self"]


def response(
    document: Document, path: str, methods: JsonObject, route: Route, resources: JsonObject
) -> JsonObject:
    """
    Describe what an operation answers: its key, the resource, whether it is a list.
    """
    method = "post" if "post" in methods else next(iter(methods), "")
    one = methods.get(method, {})
    content = one.get("responses", {}).get("200", {}).get("content", {})
    answer = content.get("application/json", {}).get("schema", {}).get("properties", {})
    at = f"/paths/{path.replace('/', '~1')}/{method}/responses/200/content/application~1json/schema"
    keys = {
        key: answered(document, given, f"{at}/properties/{key}", key, route, resources)
        for key, given in answer.items()
        if key not in ("ok", "pagination", "message")
    }
    key = one.get("x-response-key") if methods else sdk_key(route)
    if key and key not in keys:
        keys[key] = {"resource": route and sdk_resource(route), "list": False}
    main = keys.pop(key, {"resource": None, "list": False})
    action = path.rpartition("/")[2].upper() if not methods and key == "action_attempt" else None
    found = {
        "key": key,
        **main,
        "paginated": "pagination" in answer or bool(route and route.__seam_has_pagination__),
        "action_type": one.get("x-action-attempt-type", action),
    }
    if batch_keys := one.get("x-batch-keys"):
        found["batch_keys"] = batch_keys
    return {**found, "also": keys} if keys else found


def answered(
    document: Document,
    given: JsonObject,
    pointer: str,
    key: str,
    route: Route,
    resources: JsonObject,
) -> JsonObject:
    """
    Name the resource of one key of an answer; one that is described there becomes a resource.
    """
    items = given.get("items")
    one, at = (items, f"{pointer}/items") if isinstance(items, dict) else (given, pointer)
    name = one.get("$ref", "").rpartition("/")[2]
    if key == "batch":
        name = key
    elif not name and "properties" in one:
        singular = re.sub(r"(?<=[a-z])s$", "", re.sub(r"ies$", "y", key))
        name = (route and sdk_resource(route)) or singular
        resources.setdefault(name, schema_of(document, one, at))
    return {"resource": name or None, "list": items is not None}


# ------------------------------------------------------------------------------------ The SDK


def sdk_routes() -> Iterator[tuple[str, Route]]:
    """
    Yield the path of each call of the SDK, and its function.
    """
    for module in pkgutil.iter_modules(seam.routes.__path__):
        found = importlib.import_module(f"seam.routes.{module.name}")
        for name, one in vars(found).items():
            own = inspect.isclass(one) and one.__module__ == found.__name__
            if own and not name.startswith(("Abstract", "Async")):
                for call in vars(one).values():
                    if path := getattr(call, "__seam_path__", None):
                        yield path, call


def sdk_resource(route: Route) -> str | None:
    """
    Name the resource that a call of the SDK returns.
    """
    one = returned(route)
    if not dataclasses.is_dataclass(one):
        words = {"Event": "event", "ActionAttempt": "action_attempt"}
        return next((name for word, name in words.items() if word in str(one)), None)
    return re.sub(r"(?<!^)(?=[A-Z])", "_", one.__name__).lower()


def returned(route: Route) -> object:
    """
    Return the class of the resource that a call of the SDK returns, or of the items of its list.
    """
    hint = typing.get_type_hints(route).get("return")
    return typing.get_args(hint)[0] if typing.get_origin(hint) is list else hint


def sdk_key(route: Route) -> str | None:
    """
    Find the key of the answer that a call of the SDK reads.
    """
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(route)))):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id
        if called in ("unwrap", "unwrap_list"):
            return str(ast.literal_eval(node.args[1]))
    return None


def sdk_methods(route: Route) -> list[str]:
    """
    Return the methods that a call of the SDK can use.
    """
    return ["GET", "POST"] if "client.get(" in inspect.getsource(route) else ["POST"]


def add_sdk_resources(
    resources: JsonObject, routes: Iterable[Route], formats: dict[str, str]
) -> None:
    """
    Add the resources, and the properties of resources, that only the SDK has.
    """
    for route in routes:
        name = sdk_resource(route)
        if name and name not in (*ELSEWHERE, "batch"):
            shape = schema_of_type(returned(route), "", formats)
            unite(resources.setdefault(name, shape), shape, top=True)


def unite(ours: JsonObject, theirs: JsonObject, *, top: bool = False) -> None:
    """
    Add to a schema what only the other has: properties, values, and branches of a choice.

    At the top of a resource a new text or list is required. Of the rest the SDK does not say
    whether it can be missing.
    """
    values = ours.get("enum", [ours["const"]] if "const" in ours else [])
    if new := [one for one in theirs.get("enum", ()) if values and one not in values]:
        ours.pop("const", None)
        ours["enum"] = [*values, *new]
    for name, one in theirs.get("properties", {}).items() if "properties" in ours else ():
        if top and name not in ours["properties"] and one.get("type") in ("string", "array"):
            ours["required"] = [*ours["required"], name]
        unite(ours["properties"].setdefault(name, one), one)
    if "items" in ours and "items" in theirs:
        unite(ours["items"], theirs["items"])
    for branch in theirs.get("oneOf", ()) if "oneOf" in ours else ():
        same = [one for one in ours["oneOf"] if tags(branch) <= tags(one)]
        if same:
            unite(same[0], branch)
        elif tags(branch):
            ours["oneOf"].append(branch)


def tags(branch: JsonObject) -> set[tuple[str, str]]:
    """
    Return the properties of a branch that have one value, which tell it from the others.
    """
    return {
        (name, str(one["const"]))
        for name, one in branch.get("properties", {}).items()
        if "const" in one and name.endswith(("_code", "_type", "status"))
    }


def schema_of_class(one: object, formats: dict[str, str]) -> JsonObject:
    """
    Describe a dataclass of the SDK.
    """
    hints = typing.get_type_hints(one, vars(sys.modules[one.__module__]), dict(vars(one)))
    properties = {
        name.removesuffix("_"): schema_of_type(hint, name, formats)
        for name, hint in hints.items()
        if not name.startswith("__")
    }
    needed = [name for name, one in properties.items() if "null" not in (one.get("type") or ())]
    return {"type": "object", "properties": properties, "required": needed}


def schema_of_type(hint: object, name: str, formats: dict[str, str]) -> JsonObject:
    """
    Describe a type of the SDK.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        branches = [one for one in arguments if one not in (Null, type(None))]
        found = [schema_of_type(one, name, formats) for one in branches]
        if len(found) > 1:
            return {"oneOf": found} if all("properties" in one for one in found) else {}
        null = Null in arguments and "type" in found[0]
        return {**found[0], "type": [found[0]["type"], "null"]} if null else found[0]
    if origin is typing.Literal:
        named = {"type": PRIMITIVES[type(arguments[0])]}
        one = len(arguments) == 1
        return {**named, **({"const": arguments[0]} if one else {"enum": list(arguments)})}
    if origin is list:
        return {"type": "array", "items": schema_of_type(arguments[0], "", formats)}
    if dataclasses.is_dataclass(hint):
        return schema_of_class(hint, formats)
    plain = {"type": PRIMITIVES.get(hint, "object")}
    if hint is str and name in formats:
        plain["format"] = formats[name]
    return plain if hint in PRIMITIVES or origin is dict else {}


# ---------------------------------------------------------------------------------- The files


def write(folder: Path, name: str, sources: list[str], entries: JsonObject) -> None:
    """
    Write a file, one line for each resource or operation.
    """
    rows = ",\n".join(f"{json.dumps(key)}:{compact(one)}" for key, one in entries.items())
    text = f'{{"derived_from":{json.dumps(sources)},\n"{name}":{{\n{rows}\n}}}}\n'
    (folder / f"{name}.json").write_text(text, "utf-8")


def compact(value: Json) -> str:
    """
    Write JSON without spaces.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
