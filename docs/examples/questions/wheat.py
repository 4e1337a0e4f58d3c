#!/usr/bin/env python3
"""Writes simulated near-infrared spectra of wheat, of which the truth is known, for docs/QUESTIONS.md.

    python3 wheat.py wheat.csv [--shuffle 7] [--samples 100]

100 samples where nothing else is said, 1100 to 2500 nm in steps of 8. Protein, water, oil and starch absorb at the places where they do in grain;
particle size scatters, the baseline slopes, the instrument adds noise. `protein` is the laboratory's value, with an error of
0.15 % (one standard deviation), so that no model can reach a higher R2 than about .99. `lottery` is drawn by lot and has nothing
to do with the spectra. --shuffle writes the same lines in another order. Needs nothing but Python.
"""
import argparse
import math
import random

AXIS = range(1100, 2501, 8)
LABORATORY_ERROR = 0.15

# Band centres and widths (nm) with the absorbance of one part in a hundred.
BANDS = {
    "protein": ((1510, 30, 0.0035), (2055, 35, 0.005), (2180, 30, 0.006)),
    "water": ((1450, 35, 0.012), (1940, 40, 0.020)),
    "oil": ((1725, 18, 0.008), (1765, 16, 0.006), (2310, 20, 0.010)),
    "starch": ((1580, 60, 0.0012), (2100, 55, 0.0030), (2280, 40, 0.0016)),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="another order of the same lines")
    parser.add_argument("--samples", type=int, default=100)
    args = parser.parse_args()
    chance = random.Random(1)
    lines = []
    for number in range(1, args.samples + 1):
        content = dict(protein=chance.gauss(12, 1.5), water=chance.gauss(12.5, 1.2), oil=chance.gauss(2, 0.3))
        content["starch"] = 97 - sum(content.values())
        path, offset, slope = chance.gauss(1, 0.06), chance.gauss(0.2, 0.05), chance.gauss(0, 0.04)
        spectrum = []
        for nm in AXIS:
            bands = sum(
                content[name] * height * math.exp(-0.5 * ((nm - centre) / width) ** 2)
                for name, shapes in BANDS.items() for centre, width, height in shapes)
            spectrum.append(path * bands + offset + slope * (nm - 1800) / 700 + chance.gauss(0, 0.0004))
        protein = content["protein"] + chance.gauss(0, LABORATORY_ERROR)
        lines.append([f"w{number:03}", f"{protein:.2f}", f"{chance.gauss(50, 10):.2f}", *(f"{value:.5f}" for value in spectrum)])
    if args.shuffle is not None:
        random.Random(args.shuffle).shuffle(lines)
    with open(args.table, "w", encoding="utf-8") as file:
        file.writelines(",".join(map(str, line)) + "\n" for line in [["sample_id", "protein", "lottery", *AXIS], *lines])


if __name__ == "__main__":
    main()
