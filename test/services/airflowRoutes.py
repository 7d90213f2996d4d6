"""
Prints, as JSON, the routes of an installed or unpacked `openmetadata_managed_apis`: what each takes and answers. Read from its
sources, because to import them takes Airflow.
"""

import ast
import json
import pathlib
import sys


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def calls_in(tree, name):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node) == name]


def text_keys(node):
    return [key.value for key in node.keys if isinstance(key, ast.Constant)] if isinstance(node, ast.Dict) else []


def answered(tree):
    """Keys of the dictionaries that are answered with status 200."""
    dictionaries = [call.args[0] for call in calls_in(tree, "success") if call.args]
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            dictionaries.append(node.value.elts[0])
    return {key for dictionary in dictionaries for key in text_keys(dictionary)}


def taken(tree):
    """Names that are read from the query and from the body."""
    names = {call.args[1].value for call in calls_in(tree, "get_request_arg")}
    names |= {"dag_id" for _ in calls_in(tree, "get_arg_dag_id")}
    names |= {"only_queued" for _ in calls_in(tree, "get_arg_only_queued")}
    body = {"dag_id" for _ in calls_in(tree, "get_request_dag_id")}
    body |= {"conf" for _ in calls_in(tree, "get_request_conf")}
    return sorted(names), sorted(body)


def operations_of(tree, package):
    prefix = "openmetadata_managed_apis.operations."
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    files = [package / "operations" / f"{module[len(prefix):]}.py" for module in modules if module.startswith(prefix)]
    return [ast.parse(file.read_text()) for file in files]


def routes_of(file, package):
    tree = ast.parse(file.read_text())
    keys = set().union(*(answered(part) for part in [tree, *operations_of(tree, package)]))
    query, body = taken(tree)
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        decorators = [node for node in function.decorator_list if isinstance(node, ast.Call)]
        for route in (call for call in decorators if name_of(call) == "route"):
            methods = next(word.value for word in route.keywords if word.arg == "methods")
            guards = [call for call in decorators if name_of(call) == "requires_access_decorator"]
            yield {
                "name": route.args[0].value.strip("/"),
                "method": ast.literal_eval(methods)[0],
                "open": not guards,
                "query": query,
                "body": body,
                "answers": sorted(keys),
            }


package = pathlib.Path(sys.argv[1])
found = [route for file in sorted((package / "api" / "routes").glob("*.py")) for route in routes_of(file, package)]
print(json.dumps(sorted(found, key=lambda route: route["name"]), indent=2))
