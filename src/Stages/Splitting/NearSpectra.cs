using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Splitting;

/// <summary>The search for nearly identical spectra: copies that were rounded, written by another program, or stored in single precision.</summary>
/// <remarks>
/// Two spectra are near where their distance is at most <see cref="Tolerance"/> of the typical one (the median over pairs
/// that lie half the order of a projection apart), or what rounding to single precision makes of a spectrum of median size. Of nine public
/// datasets the closest pair that is no copy lies at 3e-3 of the typical distance, and copies of tecator rounded to four decimals at 7e-5 at most.
/// Spectra are projected on one random direction and sorted: a distance is never less than that of the projections, so only those within
/// the tolerance of each other there, and on a second direction, are compared in full. No near pair is missed. Time O(np + n log n) and the
/// pairs that are compared, which are few unless very many spectra are near; memory about 48 bytes per spectrum.
/// </remarks>
internal static class NearSpectra
{
    /// <summary>Distances up to this share of the typical one are those of copies.</summary>
    public const double Tolerance = 1e-4;

    private const double RoundingOfSingles = 1.0 / (1 << 23);

    // Rounding of the projections themselves is far below it.
    private const double Slack = 1.001;
    private const ulong Seed = 20;

    /// <summary>Sets of two or more rows, joined by near pairs, that are not all identical; each ascending, ordered by first row.</summary>
    /// <param name="x">n × p spectra.</param>
    /// <param name="identical">The identical ones, as <see cref="IdenticalSpectra.Find"/> gives them; a near set holds all copies of its members.</param>
    public static ImmutableArray<ImmutableArray<int>> Find(MatrixView x, ImmutableArray<ImmutableArray<int>> identical)
    {
        int[] parent = [.. Enumerable.Range(0, x.Rows)];
        foreach (ImmutableArray<int> set in identical)
        {
            foreach (int i in set)
            {
                IdenticalSpectra.Join(parent, set[0], i);
            }
        }

        int[] rows = [.. Enumerable.Range(0, x.Rows).Where(i => parent[i] == i)];
        if (rows.Length < 2)
        {
            return [];
        }

        bool[] isNear = new bool[x.Rows];
        Join(x, rows, parent, isNear);
        return
        [
            .. Enumerable.Range(0, x.Rows)
                .GroupBy(i => IdenticalSpectra.Root(parent, i))
                .Where(set => set.Any(i => isNear[i]))
                .Select(set => set.ToImmutableArray())
                .OrderBy(set => set[0]),
        ];
    }

    private static void Join(MatrixView x, int[] rows, int[] parent, bool[] isNear)
    {
        var random = new Pcg64(Seed);
        double[] first = Project(x, rows, random);
        double[] second = Project(x, rows, random);
        int[] order = [.. Enumerable.Range(0, rows.Length)];
        Array.Sort(first, order);
        double[] scratch = new double[x.Columns];
        double tolerance = ToleranceOf(x, rows, order, scratch);
        double window = Slack * tolerance;
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = i + 1; j < rows.Length && first[j] - first[i] <= window; j++)
            {
                int a = order[i];
                int b = order[j];
                if (Math.Abs(second[a] - second[b]) <= window
                    && IdenticalSpectra.Root(parent, rows[a]) != IdenticalSpectra.Root(parent, rows[b])
                    && Distance(x, rows[a], rows[b], scratch) <= tolerance)
                {
                    IdenticalSpectra.Join(parent, rows[a], rows[b]);
                    isNear[rows[a]] = true;
                    isNear[rows[b]] = true;
                }
            }
        }
    }

    /// <summary>The greatest distance of near spectra.</summary>
    private static double ToleranceOf(MatrixView x, int[] rows, int[] order, double[] scratch)
    {
        // Rounded up, so that of three spectra the outer two are compared.
        int half = (rows.Length + 1) / 2;
        double[] distances = new double[rows.Length - half];
        double[] sizes = new double[rows.Length];
        for (int i = 0; i < distances.Length; i++)
        {
            distances[i] = Distance(x, rows[order[i]], rows[order[i + half]], scratch);
        }

        for (int i = 0; i < sizes.Length; i++)
        {
            ReadOnlySpan<double> row = x.Row(rows[i]);
            sizes[i] = Math.Sqrt(Products.Dot(row, row));
        }

        return Math.Max(Tolerance * OrderStatistic.Median(distances), RoundingOfSingles * OrderStatistic.Median(sizes));
    }

    private static double[] Project(MatrixView x, int[] rows, Pcg64 random)
    {
        double[] direction = new double[x.Columns];
        for (int j = 0; j < direction.Length; j++)
        {
            direction[j] = random.NextNormal();
        }

        Products.Scale(1 / Math.Sqrt(Products.Dot(direction, direction)), direction);
        double[] projections = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            projections[i] = Products.Dot(x.Row(rows[i]), direction);
        }

        return projections;
    }

    private static double Distance(MatrixView x, int first, int second, double[] scratch)
    {
        RowKernels.Subtract(x.Row(first), x.Row(second), scratch);
        return Math.Sqrt(Products.Dot(scratch, scratch));
    }
}
