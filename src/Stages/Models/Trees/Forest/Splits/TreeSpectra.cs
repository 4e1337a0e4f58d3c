using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>Samples in an order of their own, with which variables have missing values.</summary>
/// <remarks>
/// Samples are ordered by their numbers (responses, then spectra), so what is drawn by position does not depend on the
/// order in which samples came, and the calibration samples of a fold keep their order whatever lies between them.
/// Memory 8nq + 5n + p bytes beside the spectra, which are kept. Immutable, safe for several threads.
/// </remarks>
internal sealed class TreeSpectra
{
    /// <summary>Most samples: the orders of variables are kept in 16 bits.</summary>
    public const int SamplesMax = ushort.MaxValue;

    /// <summary>n × p spectra and n × q responses, which nobody may change from now on.</summary>
    public TreeSpectra(Matrix x, Matrix y)
    {
        if (x.Rows > SamplesMax)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"A forest takes at most {SamplesMax} samples, found {x.Rows}. Leave samples out, or ask for pls or ridge.");
        }

        X = x;
        Samples = Order(x, y);
        Y = y.SelectRows(Samples);
        HasMissing = new bool[x.Columns];
        for (int i = 0; i < x.Rows; i++)
        {
            ReadOnlySpan<double> row = x.Row(i);
            if (double.IsFinite(Products.Dot(row, row)))
            {
                continue;
            }

            for (int j = 0; j < row.Length; j++)
            {
                HasMissing[j] |= double.IsNaN(row[j]);
            }
        }
    }

    /// <summary>n × p spectra in the order in which they came.</summary>
    public Matrix X { get; }

    /// <summary>The sample at each place.</summary>
    public int[] Samples { get; }

    /// <summary>n × q responses by place.</summary>
    public Matrix Y { get; }

    /// <summary>Whether a variable has a missing value in some sample.</summary>
    public bool[] HasMissing { get; }

    /// <summary>Samples, n.</summary>
    public int Count => Samples.Length;

    /// <summary>Variables, p.</summary>
    public int Variables => X.Columns;

    /// <summary>The value of a variable at a place.</summary>
    public double Value(int place, int variable) => X[Samples[place], variable];

    /// <summary>The places of some samples, ascending.</summary>
    public int[] PlacesOf(ReadOnlySpan<int> samples)
    {
        bool[] asked = new bool[Count];
        foreach (int i in samples)
        {
            asked[i] = true;
        }

        int[] places = new int[samples.Length];
        int found = 0;
        for (int place = 0; place < Count; place++)
        {
            if (asked[Samples[place]])
            {
                places[found++] = place;
            }
        }

        return places;
    }

    private static int[] Order(Matrix x, Matrix y)
    {
        int[] samples = [.. Enumerable.Range(0, x.Rows)];
        Array.Sort(samples, (a, b) =>
        {
            int byResponse = y.Row(a).SequenceCompareTo(y.Row(b));
            return byResponse != 0 ? byResponse : x.Row(a).SequenceCompareTo(x.Row(b));
        });
        return samples;
    }
}
