"""Line charts on two logarithmic axes, as SVG text. Knows nothing of what it draws."""

import math

WIDTH, HEIGHT = 440, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 46, 48
COLOURS = ["#1f5fa8", "#c2541b"]
TEXT, GRID, AXIS = "#222222", "#dddddd", "#666666"


def short(number):
    """1,000 as "1 k": at most three digits."""
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= limit:
            return f"{number / limit:.3g}{unit}"
    return f"{number:.3g}"


class Axis:
    """A range of values, mapped to a range of pixels: whole decades, or (tight) no more than the values."""

    def __init__(self, values, low_pixel, high_pixel, tight=False):
        low, high = math.log10(min(values)), math.log10(max(values))
        if not tight:
            low, high = math.floor(low + 1e-9), math.ceil(high - 1e-9)
            high = max(high, low + 1)
        self.low, self.high = low, high
        self.values = sorted(set(values)) if tight else []
        self.low_pixel, self.high_pixel = low_pixel, high_pixel

    def __call__(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.low_pixel + share * (self.high_pixel - self.low_pixel)

    def ticks(self):
        """The values themselves if tight and not many; decades, and if they are few 2 and 5 of each."""
        if 1 < len(self.values) <= 7:
            return self.values
        steps = (1, 2, 5) if self.high - self.low < 2.5 else (1,)
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        values = [step * 10.0**power for power in powers for step in steps]
        return [value for value in values if self.low - 1e-9 <= math.log10(value) <= self.high + 1e-9]


def _text(x, y, words, size=12, anchor="middle", colour=TEXT, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{more}>{words}</text>'


def _line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def panel(title, unit, x_label, series, left, top):
    """One chart at that place. series: [(name, [(x, y)])], all above 0; names are shown if there are several."""
    points = [point for _, points in series for point in points]
    x_axis = Axis([x for x, _ in points], left + LEFT, left + WIDTH - RIGHT, tight=True)
    y_axis = Axis([y for _, y in points], top + HEIGHT - BOTTOM, top + TOP)
    out = [_text(left + LEFT, top + 20, title, 14, "start", TEXT, ' font-weight="600"')]
    for tick in x_axis.ticks():
        x = x_axis(tick)
        out.append(_line(x, y_axis.high_pixel, x, y_axis.low_pixel, GRID))
        out.append(_text(x, y_axis.low_pixel + 18, short(tick)))
    for tick in y_axis.ticks():
        y = y_axis(tick)
        out.append(_line(x_axis.low_pixel, y, x_axis.high_pixel, y, GRID))
        out.append(_text(x_axis.low_pixel - 8, y + 4, short(tick), 12, "end"))
    out.append(_line(x_axis.low_pixel, y_axis.low_pixel, x_axis.high_pixel, y_axis.low_pixel, AXIS))
    out.append(_line(x_axis.low_pixel, y_axis.low_pixel, x_axis.low_pixel, y_axis.high_pixel, AXIS))
    out.append(_text((x_axis.low_pixel + x_axis.high_pixel) / 2, top + HEIGHT - 8, x_label, 12))
    out.append(_text(left + LEFT, top + 37, unit, 12, "start", AXIS))
    legend = x_axis.high_pixel
    for (name, line), colour in reversed(list(zip(series, COLOURS))):
        path = " ".join(f"{x_axis(x):.1f},{y_axis(y):.1f}" for x, y in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x_axis(x):.1f}" cy="{y_axis(y):.1f}" r="3.2" fill="{colour}"/>' for x, y in line]
        if len(series) > 1:
            out.append(_text(legend, top + 37, name, 12, "end", colour, ' font-weight="600"'))
            legend -= 7.2 * len(name) + 14
    return out


def page(title, panels):
    """Panels two in a row. panels: [(title, unit, x_label, series)]."""
    rows = (len(panels) + 1) // 2
    width, height = 2 * WIDTH, rows * HEIGHT + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="DejaVu Sans, Helvetica, Arial, sans-serif">',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(LEFT, 28, title, 17, "start", TEXT, ' font-weight="600"'),
    ]
    for i, (name, unit, x_label, series) in enumerate(panels):
        out += panel(name, unit, x_label, series, (i % 2) * WIDTH, 40 + (i // 2) * HEIGHT)
    return "\n".join(out + ["</svg>", ""])
