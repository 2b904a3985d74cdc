#!/usr/bin/env python3
"""Counts test cases of a `bazel test` run from its build event file.

usage: count_tests.py BUILD_EVENTS.json

Prints the failed cases and, as the last line, "N passed, N failed" (", N skipped" if any).
Exit status 1 if a case failed, 2 if none ran. A target whose XML has no case counts as one.
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree as ET


def result_files(path):
    """Yields (label, status, test.xml path or None) of each test action's last attempt."""
    latest = {}
    with open(path, encoding="utf-8") as events:
        for line in events:
            event = json.loads(line)
            ident = event.get("id", {}).get("testResult")
            if ident is None:
                continue
            result = event.get("testResult", {})
            xml = None
            for output in result.get("testActionOutput", []):
                if output.get("name") == "test.xml" and "uri" in output:
                    xml = urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path)
            key = (ident["label"], ident.get("run", 1), ident.get("shard", 1))
            latest[key] = (ident["label"], result.get("status", "NO_STATUS"), xml)
    return latest.values()


def count_cases(xml):
    """Returns (passed, failed names, skipped) of one test.xml."""
    passed, failed, skipped = 0, [], 0
    for case in ET.parse(xml).getroot().iter("testcase"):
        name = "%s.%s" % (case.get("classname", ""), case.get("name", ""))
        if case.get("status") == "notrun":
            continue
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    passed, failed, skipped = 0, [], 0
    for label, status, xml in sorted(result_files(sys.argv[1]), key=lambda r: r[0]):
        counts = (0, [], 0)
        if xml is not None:
            try:
                counts = count_cases(xml)
            except (OSError, ET.ParseError) as error:
                print("%s: no usable test.xml: %s" % (label, error))
        good, bad, skip = counts
        if status != "PASSED" and not bad:
            bad = ["%s (%s)" % (label, status)]
        elif status == "PASSED" and good + len(bad) + skip == 0:
            # A shard may be empty; a whole test program may be one case.
            good = 0 if xml else 1
        passed, skipped = passed + good, skipped + skip
        failed += ["%s: %s" % (label, name) for name in bad]
    for name in failed:
        print("FAILED", name)
    tail = ", %d skipped" % skipped if skipped else ""
    print("%d passed, %d failed%s" % (passed, len(failed), tail))
    sys.exit(1 if failed else 0 if passed else 2)


if __name__ == "__main__":
    main()
