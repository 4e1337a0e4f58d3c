"""Plots as small SVG files, made to be read on paper too."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 430
LEFT, RIGHT, TOP, BOTTOM = 74, 150, 46, 54
COLOURS = ("#0b5394", "#b45309", "#4d4d4d", "#7a1f6e")
FONT = "font-family='Helvetica, Arial, DejaVu Sans, sans-serif'"


def logarithmic(title, x_label, y_label, lines):
    """Lines of (name, points, fits); a fit is (its two ends, its slope)."""
    xs = [x for _, points, _ in lines for x, _ in points]
    ys = [y for _, points, _ in lines for _, y in points]
    x_range = math.log10(min(xs)) - 0.04, math.log10(max(xs)) + 0.04
    y_range = math.floor(math.log10(min(ys)) * 2) / 2, math.ceil(math.log10(max(ys)) * 2) / 2

    def across(x):
        return LEFT + (math.log10(x) - x_range[0]) / (x_range[1] - x_range[0]) * (WIDTH - LEFT - RIGHT)

    def up(y):
        return HEIGHT - BOTTOM - (math.log10(y) - y_range[0]) / (y_range[1] - y_range[0]) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}' {FONT}>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
        text(LEFT, 26, title, 15, weight="bold"),
        *grid(across, up, x_range, y_range),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x_label, 13, "middle"),
        f"<g transform='translate(18 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)'>{text(0, 0, y_label, 13, 'middle')}</g>",
    ]
    ends = apart([up(points[-1][1]) for _, points, _ in lines])
    for number, (name, points, fits) in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='1.8' stroke-opacity='{'.45' if fits else '1'}'/>")
        parts += [mark(number, across(x), up(y), colour) for x, y in points]
        for (start, end), slope in fits:
            a, b = (across(start[0]), up(start[1])), (across(end[0]), up(end[1]))
            parts.append(f"<line x1='{a[0]:.1f}' y1='{a[1]:.1f}' x2='{b[0]:.1f}' y2='{b[1]:.1f}' stroke='{colour}' stroke-width='1.4' stroke-dasharray='6 4'/>")
            parts.append(text((a[0] + b[0]) / 2 + 6, (a[1] + b[1]) / 2 + 20, f"slope {slope:.2f}", 12, colour=colour))
        parts.append(text(across(points[-1][0]) + 10, ends[number] + 4, name, 13, colour=colour))
    return "\n".join([*parts, "</svg>\n"])


def strips(title, x_label, rows):
    """Values as rows of marks on one linear axis, with the mean of each as a bar; rows of (name, values)."""
    values = [value for _, some in rows for value in some]
    low, high = min(0, *values), max(0, *values)
    low, high = low - (high - low) * 0.04, high + (high - low) * 0.04
    height = TOP + BOTTOM + 84 * len(rows)
    left, right = LEFT - 50, WIDTH - 30

    def across(x):
        return left + (x - low) / (high - low) * (right - left)

    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}' {FONT}>",
        f"<rect width='{WIDTH}' height='{height}' fill='white'/>",
        text(left, 26, title, 15, weight="bold"),
        text((left + right) / 2, height - 12, x_label, 13, "middle"),
    ]
    step = 10 ** math.floor(math.log10((high - low) / 2))
    step *= next(one for one in (1, 2, 5, 10) if (high - low) / (step * one) <= 8)
    for i in range(math.ceil(low / step), math.floor(high / step) + 1):
        at = f"{across(i * step):.1f}"
        parts.append(f"<line x1='{at}' y1='{TOP}' x2='{at}' y2='{height - BOTTOM}' stroke='{'#555' if i == 0 else '#d8d8d8'}'/>")
        parts.append(text(across(i * step), height - BOTTOM + 18, f"{i * step:g}", 12, "middle"))
    for number, (name, some) in enumerate(rows):
        colour = COLOURS[number % len(COLOURS)]
        base = TOP + 84 * number
        parts.append(text(left, base + 14, name, 13, colour=colour))
        for i, value in enumerate(some):
            # Spread over the height by the golden ratio, so that neighbours do not hide each other.
            parts.append(f"<circle cx='{across(value):.1f}' cy='{base + 26 + 44 * (i * 0.618 % 1):.1f}' r='2.6' fill='{colour}' fill-opacity='.5'/>")
        mean = f"{across(sum(some) / len(some)):.1f}"
        parts.append(f"<line x1='{mean}' y1='{base + 20}' x2='{mean}' y2='{base + 76}' stroke='{colour}' stroke-width='3'/>")
    return "\n".join([*parts, "</svg>\n"])


def grid(across, up, x_range, y_range):
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM
    parts = []
    x_ticks, y_ticks = ticks(*x_range), ticks(*y_range)
    for x, is_named in x_ticks:
        at = f"{across(x):.1f}"
        parts.append(f"<line x1='{at}' y1='{top}' x2='{at}' y2='{bottom}' stroke='{'#c8c8c8' if is_named else '#ececec'}'/>")
        if is_named:
            parts.append(text(across(x), bottom + 18, number_text(x), 12, "middle"))
    for y, is_named in y_ticks:
        at = f"{up(y):.1f}"
        parts.append(f"<line x1='{left}' y1='{at}' x2='{right}' y2='{at}' stroke='{'#c8c8c8' if is_named else '#ececec'}'/>")
        if is_named:
            parts.append(text(left - 8, up(y) + 4, number_text(y), 12, "end"))
    return [*parts, f"<rect x='{left}' y='{top}' width='{right - left}' height='{bottom - top}' fill='none' stroke='#555'/>"]


def ticks(low, high):
    """Multiples of powers of ten in a range of exponents, and which of them are named."""
    named = (1, 2, 5) if high - low < 3.2 else (1,)
    all_ticks = [(m * 10.0 ** e, m in named) for e in range(math.floor(low), math.ceil(high) + 1) for m in range(1, 10)]
    return [(value, is_named) for value, is_named in all_ticks if low - 1e-9 <= math.log10(value) <= high + 1e-9]


def number_text(value):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def apart(heights, least=17):
    """The same heights, moved as little as needed so that words do not overlap."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    moved = list(heights)
    for before, after in zip(order, order[1:]):
        moved[after] = max(moved[after], moved[before] + least)
    return moved


def mark(number, x, y, colour):
    """Circle, square, triangle, diamond: told apart without colour."""
    if number % 4 == 0:
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{colour}'/>"
    shapes = {1: ((-4, -4), (4, -4), (4, 4), (-4, 4)), 2: ((0, -5), (5, 4), (-5, 4)), 3: ((0, -5), (5, 0), (0, 5), (-5, 0))}
    corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shapes[number % 4])
    return f"<polygon points='{corners}' fill='white' stroke='{colour}' stroke-width='1.6'/>"


def text(x, y, words, size, anchor="start", colour="#222", weight="normal"):
    return f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' fill='{colour}' font-weight='{weight}' stroke='white' stroke-width='4' paint-order='stroke'>{escape(words)}</text>"
