using Pipeline.Engine.Planning;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>The successive projections algorithm (SPA): the chain of variables that repeat each other least and predict best.</summary>
/// <remarks>
/// <para>
/// <c>spa(30)</c>. From every variable that varies a chain starts; the next of a chain is the one of which the chain leaves
/// most, until it has 30, or fewer where variables or samples run out (<see cref="ProjectionChains"/>). Each chain is cut after
/// 1, 2, … variables, and each of these sets is judged by the inner RMSECV of least squares in 5 folds inside the calibration
/// samples (<see cref="ChainValidation"/>). The set of least RMSECV is the choice; of equal ones the smaller, then that of
/// the lower start.
/// </para>
/// <para>
/// Time np² for the products of variables, and for each of p starts pN² + 4nN² for chains of N; memory p² + 3np doubles,
/// so axes of more than <see cref="VariablesAxisMax"/> variables are refused.
/// Araújo, Saldanha, Galvão, Yoneyama, Chame and Visani (2001), Chemometrics and Intelligent Laboratory Systems 57, 65-73.
/// </para>
/// </remarks>
public sealed record SuccessiveProjections : ISubset
{
    /// <summary>The most variables that may be asked for.</summary>
    public const int CountMax = 100;

    /// <summary>The usual number of variables at most.</summary>
    public const int UsualCount = 30;

    /// <summary>The most variables of an axis, whose products are held: 200 MB.</summary>
    public const int VariablesAxisMax = 5000;

    internal const string Name = "spa";

    /// <summary>Operations per second of short sums, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 3e9;

    /// <summary>Successive projections.</summary>
    /// <param name="count">Variables at most.</param>
    /// <param name="seed">The seed of the inner folds.</param>
    public SuccessiveProjections(int count, ulong seed)
    {
        Count = SelectorNotation.Within("Successive projections", "variables", count, 1, CountMax);
        Seed = seed;
    }

    /// <summary>Variables at most, N.</summary>
    public int Count { get; }

    /// <summary>The seed of the inner folds.</summary>
    public ulong Seed { get; }

    /// <inheritdoc/>
    public string Notation => SelectorNotation.Format(Name, Count, Seed);

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool UsesImportance => false;

    /// <inheritdoc/>
    public int VariablesMax(SpectralAxis axis) => axis.Count <= VariablesAxisMax
        ? Math.Min(Count, axis.Count)
        : throw SelectorSamples.Refusal(
            Notation,
            $"takes spectra of at most {VariablesAxisMax} variables, found {axis.Count}. Average neighbouring variables, or use another choice.");

    /// <inheritdoc/>
    public Cost EstimateSelect(int samples, SpectralAxis axis)
    {
        double n = samples;
        double p = axis.Count;
        double length = VariablesMax(axis);
        double flops = (n * p * p) + (p * length * length * ((2 * p) + (4 * n)));
        long spectra = CentredCalibration.SizeBytes(samples, axis.Count) + (2L * sizeof(double) * samples * (axis.Count + 2));
        return new Cost(
            flops / FlopsPerSecond,
            spectra + (sizeof(double) * (long)axis.Count * axis.Count)
                + ProjectionChains.SizeBytes(axis.Count, (int)length)
                + ChainValidation.SizeBytes(samples, axis.Count, (int)length));
    }

    /// <inheritdoc/>
    public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance)
    {
        int countMax = VariablesMax(axis);
        var samples = SelectorSamples.Of(Notation, x, y, axis, Seed);

        // Least squares leaves one degree of freedom in the smallest inner calibration set.
        int lengthMax = Math.Min(countMax, samples.Folds.SampleCount - samples.Folds.HeldOutMax - 2);
        if (lengthMax < 1)
        {
            throw SelectorSamples.Refusal(
                Notation,
                $"needs at least 3 calibration samples outside the largest of {SelectorSamples.FoldCount} inner folds, "
                + $"found {samples.Folds.SampleCount - samples.Folds.HeldOutMax}. Bring more samples whose spectra differ.");
        }

        var chains = new ProjectionChains(samples.X.View, lengthMax);
        var validation = new ChainValidation(samples, lengthMax);
        int[] chosen = [];
        double least = double.PositiveInfinity;
        double[] errors = new double[lengthMax];
        for (int start = 0; start < axis.Count; start++)
        {
            ReadOnlySpan<int> chain = chains.From(start);
            int size = validation.Evaluate(chain, errors);
            for (int s = 0; s < size; s++)
            {
                if (errors[s] < least || (errors[s] == least && s + 1 < chosen.Length))
                {
                    (least, chosen) = (errors[s], chain[..(s + 1)].ToArray());
                }
            }
        }

        if (chosen.Length == 0)
        {
            throw SelectorSamples.Refusal(Notation, "found no variable that varies in every inner fold. Check the spectra.");
        }

        Array.Sort(chosen);
        return chosen;
    }
}
