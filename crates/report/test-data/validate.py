#!/usr/bin/env python3
"""Validates SARIF against its schema, and JUnit XML against what CI servers read.

Without arguments it takes the snapshots of this crate's tests; else the files named.
Needs `jsonschema` and `rfc3986-validator`.
"""

import json
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

from jsonschema import Draft7Validator, FormatChecker

CRATE = Path(__file__).resolve().parent.parent


def sarif_faults(text):
    """Every place where the text leaves the schema, and what the schema cannot say."""
    schema = json.loads((CRATE / "test-data/sarif-schema-2.1.0.json").read_text())
    formats = FormatChecker()
    assert "uri-reference" in formats.checkers, "rfc3986-validator is missing"
    log = json.loads(text)
    for error in Draft7Validator(schema, format_checker=formats).iter_errors(log):
        yield f"{error.json_path}: {error.message}"
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        for rule in rules:
            if len(rule["properties"]["tags"]) > 20:
                yield f"{rule['id']}: more tags than GitHub takes"
            if len(rule["fullDescription"]["text"]) > 1024:
                yield f"{rule['id']}: a longer description than GitHub shows"
        for index, result in enumerate(run["results"]):
            if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
                yield f"result {index}: ruleIndex names another rule"


def junit_faults(text):
    """Counts that do not agree with the cases."""
    root = xml.fromstring(text)
    for suite in [root, *root.iter("testsuite")]:
        for attribute, tag in [("tests", "testcase"), ("failures", "failure"), ("errors", "error")]:
            found = sum(1 for _ in suite.iter(tag))
            if int(suite.get(attribute)) != found:
                yield f"{suite.get('name')}: {attribute}={suite.get(attribute)}, but {found} found"
    for case in root.iter("testcase"):
        if not case.get("name") or not case.get("classname"):
            yield "a test case lacks its name or class name"


def inputs(arguments):
    """Pairs of name and text."""
    for name in arguments:
        yield name, Path(name).read_text()
    if not arguments:
        for path in sorted((CRATE / "src/snapshots").glob("*.snap")):
            # A snapshot has a head between two lines of dashes.
            yield path.name, path.read_text().split("---\n", 2)[2]


def main():
    """Prints each fault; the exit code is 1 if there is one."""
    held, broken = 0, 0
    for name, text in inputs(sys.argv[1:]):
        if "sarif" in name:
            faults = list(sarif_faults(text))
        elif "junit" in name or name.endswith(".xml"):
            faults = list(junit_faults(text))
        else:
            continue
        for fault in faults:
            print(f"{name}: {fault}")
        held, broken = held + (not faults), broken + bool(faults)
    print(f"{held} passed, {broken} failed")
    sys.exit(1 if broken or not held else 0)


main()
