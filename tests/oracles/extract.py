"""Takes out of GitHub's OpenAPI description what it asks of the requests that the bot makes.

    npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz package/generated/api.github.com.json
    python tests/oracles/extract.py package/generated/api.github.com.json VERSION ['GET /one/operation/more' ...]

The description has 13 MB; kept are, for the operations in `github_requests.json`, the schemas of the parts of the path,
of the query parameters and of the body. All are others' work, under the licence beside this file.
"""

import json
import sys
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name("github_requests.json")
DROPPED = {"description", "example", "examples", "title", "x-multi-segment", "deprecated", "format", "default"}


def extracted(spec: dict[str, Any], operation: str) -> dict[str, Any]:
    """Return what one operation, such as `POST /repos/{owner}/{repo}/issues`, takes."""
    method, path = operation.split(" ", 1)
    item = spec["paths"][path]
    found = item[method.lower()]
    parameters = [plain(spec, each) for each in [*item.get("parameters", []), *found.get("parameters", [])]]
    content = found.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema")
    return {
        "path": {each["name"]: each["schema"] for each in parameters if each["in"] == "path"},
        "query": {each["name"]: each["schema"] for each in parameters if each["in"] == "query"},
        "needs": sorted(each["name"] for each in parameters if each["in"] == "query" and each.get("required")),
        "body": plain(spec, body) if body else None,
    }


def plain(spec: dict[str, Any], node: Any) -> Any:
    """Return a part of the description as JSON Schema: references followed, `nullable` made a type, no prose."""
    if isinstance(node, list):
        return [plain(spec, each) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        found: Any = spec
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        return plain(spec, found)
    # A property may be called "title" or "description": only a keyword of that name, whose value is a text, is prose.
    kept = {key: plain(spec, value) for key, value in node.items() if key not in DROPPED or isinstance(value, dict)}
    if kept.pop("nullable", False) and "type" in kept:
        kept["type"] = [kept["type"], "null"]
    return kept


def main() -> None:
    """Write the file anew for the operations that it names, and for those that are named here."""
    description, version, *more = sys.argv[1:]
    spec = json.loads(Path(description).read_text(encoding="utf-8"))
    operations = json.loads(KEPT.read_text(encoding="utf-8"))["operations"]
    document = {
        "source": f"@octokit/openapi {version}, api.github.com; see LICENSE",
        "operations": {name: extracted(spec, name) for name in sorted({*operations, *more})},
    }
    KEPT.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
