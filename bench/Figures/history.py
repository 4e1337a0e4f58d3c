"""What a group measured at each commit: lines of JSON, one a row, only ever appended."""
import json


def lines(rows):
    """A line of each row: commit, date, row, our median, and the ratio to the fastest peer where there is one."""
    for row in rows:
        line = dict(commit=row["commit"], date=row["date"], row=row["name"], unit=row["unit"], median=row["ours"]["median"])
        if row["peers"]:
            line |= dict(peer=row["peers"][0]["program"], ratio=row["peers"][0]["ratio"]["median"])
        yield line


def append(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines(rows))


def read(path):
    if not path.exists():
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def ratios(found):
    """Commits in the order of the file, and of each row the ratio at each of them; the last where one was measured twice."""
    commits = list(dict.fromkeys(line["commit"] for line in found if "ratio" in line))
    rows = {}
    for line in found:
        if "ratio" in line:
            rows.setdefault(line["row"], {})[line["commit"]] = line["ratio"]
    return commits, rows
