using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Splitting;

public sealed class NearSpectraTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(1000.0)]
    public void Find_CopiesInSinglePrecision_AreFoundAndReported(double offset)
    {
        // The larger offset is one beside which single precision keeps little of what differs.
        Matrix x = Spectra(40, 60, 3, offset);
        for (int j = 0; j < x.Columns; j++)
        {
            x[33, j] = (float)x[4, j];
        }

        Assert.Equal(["4 33"], Near(x));
        ImmutableArray<string> ids = [.. Enumerable.Range(0, 40).Select(i => $"s{i:00}")];
        GroupedSamples groups = IdenticalSpectra.Groups(ids, null, x.View);
        Assert.Equal(groups.Groups[4], groups.Groups[33]);
        Assert.Empty(groups.IdenticalSets);
        Assert.Equal(["s04", "s33"], Assert.Single(groups.NearSets).AsEnumerable());
    }

    [Fact]
    public void Find_ChainsAndExactCopies_AreOneSet()
    {
        // 5 is near 2 and 7 is near 5; 9 is an exact copy of 7, and 3 and 8 are exact copies of each other that nothing is near to.
        Matrix x = Spectra(20, 30, 5, 0);
        double step = 0.8 * NearSpectra.Tolerance * TypicalDistance(x) / Math.Sqrt(30);
        for (int j = 0; j < 30; j++)
        {
            x[5, j] = x[2, j] + step;
            x[7, j] = x[5, j] + step;
        }

        x.Row(7).CopyTo(x.Row(9));
        x.Row(3).CopyTo(x.Row(8));
        Assert.Equal(["2 5 7 9"], Near(x));
        Assert.Equal(["2 5 7 9", "3 8"], IdenticalSpectra.FindAlike(x.View).Select(set => string.Join(' ', set)));
    }

    [Fact]
    public void Find_RandomCopies_GivesWhatComparingAllPairsGives()
    {
        // Aim: the sorted projections miss no pair and add none. Copies lie well within the tolerance or well beyond it.
        int found = 0;
        for (ulong seed = 0; seed < 60; seed++)
        {
            var random = new Pcg64(seed + 100);
            int n = 10 + random.NextInt(60);
            Matrix x = Spectra(n, 12, seed, 0.3);
            double tolerance = NearSpectra.Tolerance * TypicalDistance(x);
            for (int copies = random.NextInt(n / 4); copies > 0; copies--)
            {
                int from = random.NextInt(n / 2);
                int to = (n / 2) + random.NextInt(n / 2);
                double[] step = [.. Enumerable.Range(0, 12).Select(_ => random.NextNormal())];
                double size = (random.NextInt(2) == 0 ? 0.1 : 20) * tolerance / Math.Sqrt(step.Sum(value => value * value));
                for (int j = 0; j < 12; j++)
                {
                    x[to, j] = x[from, j] + (size * step[j]);
                }
            }

            string[] sets = Near(x);
            Assert.Equal(Naive(x, tolerance), sets);
            found += sets.Length;
        }

        Assert.True(found > 50, $"Only {found} sets were there to be found.");
    }

    [Fact]
    public void Find_TwoAndThreeSpectra_AreJudgedByTheOthers()
    {
        Matrix two = Spectra(2, 10, 1, 0);
        Assert.Empty(Near(two));
        Matrix three = Spectra(3, 10, 1, 0);
        three.Row(0).CopyTo(three.Row(1));
        three[1, 4] += 1e-9;
        Assert.Equal(["0 1"], Near(three));
    }

    [SharedFact]
    public void Groups_Tecator_KeepsItsTwentyFourCopiesTogetherAndFindsNothingElse()
    {
        Matrix x = Tecator();
        ImmutableArray<string> ids = [.. Enumerable.Range(0, x.Rows).Select(i => $"s{i:000}")];
        GroupedSamples groups = IdenticalSpectra.Groups(ids, null, x.View);
        Assert.Equal(240, x.Rows);
        Assert.Equal(24, groups.IdenticalSets.Sum(set => set.Length - 1));
        Assert.Empty(groups.NearSets);
    }

    [SharedFact]
    public void Groups_TecatorWithFourDecimals_AreTheSameAsOfTheFullSpectra()
    {
        // A second export with fewer decimals, as the same dataset is often found: every sample finds its copy and no other.
        Matrix x = Tecator();
        var both = new Matrix(2 * x.Rows, x.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                both[i, j] = x[i, j];
                both[i + x.Rows, j] = Math.Round(x[i, j], 4);
            }
        }

        int[] setOf = new int[both.Rows];
        foreach ((int index, ImmutableArray<int> set) in IdenticalSpectra.FindAlike(both.View).Index())
        {
            set.ToList().ForEach(i => setOf[i] = index + 1);
        }

        Assert.All(Enumerable.Range(0, x.Rows), i => Assert.True(setOf[i] > 0 && setOf[i] == setOf[i + x.Rows]));
        Assert.Equal(240 - 24, setOf.Distinct().Count());
    }

    private static Matrix Tecator()
    {
        using FileStream stream = File.OpenRead(Path.Combine(Goldens.SharedRoot, "data", "spectra", "tecator.csv"));
        return WideCsvReader.Read(stream, new WideCsvOptions()).Chunk.X;
    }

    private static string[] Near(Matrix x) =>
        [.. NearSpectra.Find(x.View, IdenticalSpectra.Find(x.View)).Select(set => string.Join(' ', set))];

    /// <summary>All pairs, joined where they are near.</summary>
    private static string[] Naive(Matrix x, double tolerance)
    {
        int[] setOf = [.. Enumerable.Range(0, x.Rows)];
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (setOf[i] != setOf[j] && Distance(x, i, j) <= tolerance)
                {
                    int old = setOf[i];
                    setOf = [.. setOf.Select(set => set == old ? setOf[j] : set)];
                }
            }
        }

        return
        [
            .. Enumerable.Range(0, x.Rows).GroupBy(i => setOf[i])
                .Where(set => set.Count() > 1)
                .OrderBy(set => set.Min())
                .Select(set => string.Join(' ', set.Order())),
        ];
    }

    private static double TypicalDistance(Matrix x)
    {
        double[] all = [.. Enumerable.Range(0, x.Rows).SelectMany(i => Enumerable.Range(0, i).Select(j => Distance(x, i, j))).Order()];
        return all[all.Length / 2];
    }

    private static double Distance(Matrix x, int first, int second) =>
        Math.Sqrt(Enumerable.Range(0, x.Columns).Sum(j => Math.Pow(x[first, j] - x[second, j], 2)));

    private static Matrix Spectra(int n, int p, ulong seed, double offset)
    {
        var random = new Pcg64(seed);
        var x = new Matrix(n, p);
        foreach (ref double value in x.Values)
        {
            value = offset + (0.1 * random.NextNormal());
        }

        return x;
    }
}
