"""The page of a group: its table of figures and its plots, made from the file of figures and the history alone."""
import drawings
import history
import processes

NAMES = dict(figures="figures.json", history="history.jsonl", page="README.md", today="ratios.svg", commits="history.svg")


def draw(folder, figures, what, notes):
    """Writes the page and the plots of a group into its folder."""
    group = figures["group"]
    pictures = []
    today = drawings.today(f"{group}: how many times faster than the fastest peer", figures["rows"])
    if today:
        (folder / NAMES["today"]).write_text(today, encoding="utf-8")
        pictures.append(f"![Ratios]({NAMES['today']})")
    commits = drawings.over_commits(f"{group}: over commits", *history.ratios(history.read(folder / NAMES["history"])))
    if commits:
        (folder / NAMES["commits"]).write_text(commits, encoding="utf-8")
        pictures.append(f"![Over commits]({NAMES['commits']})")
    (folder / NAMES["page"]).write_text(text(figures, what, notes, pictures), encoding="utf-8")


def text(figures, what, notes, pictures):
    peers = ", ".join(f"{name} {version}" for name, version in figures["peers"].items()) or "no peers"
    smoke = "**Smoke sizes: these figures say that it runs, and nothing else.**\n\n" if figures["smoke"] else ""
    drawn = "\n\n".join(pictures)
    return f"""# {figures['group']}

{smoke}Made by `python3 bench run {figures['group']}`: {what}. {notes}

{figures['machine']}, {figures['cores']} cores; {figures['runtime']}; {peers}.

Medians, in brackets the quartiles. *Peer / ours* is taken pair by pair, each run with its neighbour in time; above 1 ours is faster.
*Processor* is that of one run of ours. *Noisy*: others took more than a quarter of a core.

{table(figures['rows'])}

{drawn}
"""


def table(rows):
    lines = [
        "| row | what | commit | ours | peer | peer / ours | pairs | processor, s | MiB at most | hash | |",
        "|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        ours = row["ours"]
        own = [
            row["name"], row["what"], row["commit"], f"{spread(ours)} {row['unit']}"]
        cpu = f"{ours['cpuSeconds']:.3g}" if "cpuSeconds" in ours else "–"
        peak = f"{ours['peakBytes'] / 2**20:.0f}" if "peakBytes" in ours else "–"
        last = [cpu, peak, f"`{ours['hash']}`" if "hash" in ours else "–", "noisy" if ours.get("foreignCores", 0) > processes.NOISY_CORES else ""]
        for line, peer in enumerate(row["peers"] or [None]):
            beside = ["–", "–", "–"] if peer is None else [
                f"{peer['program']}: {spread(peer)} {row['unit']}", f"**{number(peer['ratio']['median'])}** ({ends(peer['ratio'])})", peer["ratio"]["pairs"]]
            # What is ours stands in the first line of a row alone.
            cells = [*own, *beside, *last] if line == 0 else [""] * len(own) + beside + [""] * len(last)
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)


def number(value):
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(one):
    return f"{number(one['median'])} ({ends(one)})"


def ends(one):
    return f"{number(one['quartiles'][0])}–{number(one['quartiles'][1])}"
