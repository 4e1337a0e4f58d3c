using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>What a selector learns from: calibration samples, the responses that vary, and folds inside these samples.</summary>
/// <remarks>
/// Every value is a finite number. Folds follow from the places of samples among the calibration rows, which come in the
/// order of their ids, and from a seed; identical spectra stay together. Groups that a column names are not known here.
/// Memory n(p + q) doubles. Immutable, but for the matrices, which nobody writes to.
/// </remarks>
internal sealed class SelectorSamples
{
    /// <summary>Folds by which choices are judged.</summary>
    public const int FoldCount = 5;

    /// <summary>Fewest calibration samples: two for each fold.</summary>
    public const int SamplesMin = 2 * FoldCount;

    private readonly SampleGroups _groups;
    private readonly ulong _seed;

    private SelectorSamples(Matrix x, Matrix y, SampleGroups groups, ulong seed)
    {
        X = x;
        Y = y;
        _groups = groups;
        _seed = seed;
        Folds = Split(FoldCount);
    }

    /// <summary>n × p spectra.</summary>
    public Matrix X { get; }

    /// <summary>n × q responses, each with variance.</summary>
    public Matrix Y { get; }

    /// <summary>The folds by which choices are judged.</summary>
    public Folds Folds { get; }

    /// <summary>Copies calibration samples.</summary>
    /// <param name="notation">The selector, for messages.</param>
    /// <param name="x">n × p spectra.</param>
    /// <param name="y">n × q responses.</param>
    /// <param name="axis">The axis of the spectra.</param>
    /// <param name="seed">The seed of the folds.</param>
    /// <exception cref="StageException">Too few samples, a value that is not a finite number, or no response that varies.</exception>
    public static SelectorSamples Of(string notation, MatrixView x, MatrixView y, SpectralAxis axis, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, x.Rows);
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, axis.Count);
        if (x.Rows < SamplesMin)
        {
            throw Refusal(
                notation,
                $"judges choices by {FoldCount} folds inside the calibration samples and needs at least {SamplesMin} of them, "
                + $"found {x.Rows}. Bring more samples, or name ranges.");
        }

        RefuseUnlessFinite(notation, x, y, axis);
        Matrix varying = Varying(notation, y);
        SampleGroups groups = Groups(x);
        if (groups.GroupCount < FoldCount)
        {
            throw Refusal(
                notation,
                $"needs at least {FoldCount} different spectra, found {groups.GroupCount} among {x.Rows} calibration samples. "
                + "Bring samples that differ, or name ranges.");
        }

        return new SelectorSamples(x.ToMatrix(), varying, groups, seed);
    }

    /// <summary>The samples dealt into so many parts, or as many as there are different spectra, if these are fewer.</summary>
    public Folds Split(int parts) => new RandomFolds(Math.Min(parts, _groups.GroupCount), _seed).Split(_groups);

    /// <summary>A refusal in the name of a selector.</summary>
    public static StageException Refusal(string notation, string message) => new(FailureKind.InvalidData, $"{notation} {message}");

    /// <summary>Folds of so many samples, for estimates, which know numbers alone.</summary>
    public static Folds Shape(int samples) =>
        new([.. Enumerable.Range(0, Math.Max(samples, SamplesMin)).Select(i => i % FoldCount)], FoldCount);

    private static SampleGroups Groups(MatrixView x)
    {
        string[] groups = [.. Enumerable.Range(0, x.Rows).Select(PlaceName)];
        foreach (ImmutableArray<int> same in IdenticalSpectra.Find(x))
        {
            foreach (int i in same)
            {
                groups[i] = PlaceName(same[0]);
            }
        }

        return [.. groups];
    }

    private static string PlaceName(int i) => i.ToString("D9", CultureInfo.InvariantCulture);

    private static Matrix Varying(string notation, MatrixView y)
    {
        var columns = new List<int>();
        for (int l = 0; l < y.Columns; l++)
        {
            int i = 1;
            while (i < y.Rows && y[i, l] == y[0, l])
            {
                i++;
            }

            if (i < y.Rows)
            {
                columns.Add(l);
            }
        }

        if (columns.Count == 0)
        {
            throw Refusal(
                notation,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"chooses by the response, which is {y[0, 0]} in all {y.Rows} calibration samples. Check the response, or take "
                    + $"samples that differ in it."));
        }

        return y.ToMatrix().SelectColumns([.. columns]);
    }

    private static void RefuseUnlessFinite(string notation, MatrixView x, MatrixView y, SpectralAxis axis)
    {
        // Whatever is not finite spoils a sum, so the search for it runs only when there is something to find.
        double squares = 0;
        for (int i = 0; i < x.Rows; i++)
        {
            squares += Products.Dot(x.Row(i), x.Row(i)) + Products.Dot(y.Row(i), y.Row(i));
        }

        if (double.IsFinite(squares))
        {
            return;
        }

        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                if (!double.IsFinite(x[i, j]))
                {
                    throw NotFinite(notation, x[i, j], i, WavelengthRanges.Label(axis, [j]));
                }
            }

            for (int l = 0; l < y.Columns; l++)
            {
                if (!double.IsFinite(y[i, l]))
                {
                    throw NotFinite(notation, y[i, l], i, "response");
                }
            }
        }

        throw new StageException(
            FailureKind.Numerical,
            $"{notation}: the squares of {x.Rows} calibration samples overflow. Check the unit, or divide the values by a power of ten.");
    }

    private static StageException NotFinite(string notation, double value, int sample, string place) => new(
        FailureKind.InvalidData,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{notation}: calibration sample {sample + 1}, {place}: expected a finite number, found {value}. Remove the sample or mend the value."));
}
