using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Pretreatments applied one after the other; the empty chain leaves spectra raw.</summary>
/// <remarks>
/// Immutable; chains in a chain are flattened, and two chains are equal when their steps are. Each fitted step
/// learns from calibration spectra that went through the steps before it. <see cref="SampleWisePrefix"/> may be
/// computed once for all folds, <see cref="FittedRest"/> must be learnt inside each fold; one after the other they
/// are the chain, bit for bit.
/// </remarks>
public sealed class PretreatmentChain : IPretreatment, IEquatable<PretreatmentChain>
{
    private const int OwnVersion = 1;

    /// <summary>A chain of steps in order of use.</summary>
    public PretreatmentChain(params ImmutableArray<IPretreatment> steps)
    {
        Steps = [.. steps.SelectMany(step => step is PretreatmentChain chain ? chain.Steps : [step])];
    }

    /// <summary>The chain without steps.</summary>
    public static PretreatmentChain Raw { get; } = new([]);

    /// <summary>The steps in order of use.</summary>
    public ImmutableArray<IPretreatment> Steps { get; }

    /// <inheritdoc/>
    public string Notation => Steps.IsEmpty ? "raw" : string.Join(" + ", Steps.Select(step => step.Notation));

    /// <summary>Goes up by one whenever the version of one step does.</summary>
    public int Version => OwnVersion + Steps.Sum(step => step.Version - 1);

    /// <inheritdoc/>
    public bool IsSampleWise => Steps.All(step => step.IsSampleWise);

    /// <inheritdoc/>
    public string? Clips => Steps.Any(step => step.Clips is not null)
        ? string.Join("; ", Steps.Select(step => step.Clips).OfType<string>().Distinct())
        : null;

    /// <summary>The longest start of the chain that looks at each sample alone; raw where the first step is fitted.</summary>
    public PretreatmentChain SampleWisePrefix => new([.. Steps.TakeWhile(step => step.IsSampleWise)]);

    /// <summary>The chain from its first fitted step on, or null where there is none.</summary>
    public PretreatmentChain? FittedRest =>
        IsSampleWise ? null : new([.. Steps.SkipWhile(step => step.IsSampleWise)]);

    /// <summary>Reads a chain such as <c>snv + sg(15,2,1)</c>; upper case is accepted.</summary>
    /// <exception cref="Engine.StageException">
    /// The text is not a chain; the message names the position, what was found, the nearest name and an example.
    /// </exception>
    public static PretreatmentChain Parse(string text)
    {
        ImmutableArray<NotationTerm> terms = NotationTerm.ParseSum(text, "a pretreatment", "snv + sg(15,2,1)");
        return new([.. terms.Select(term => Catalog.Read(Catalog.Pretreatments, term, "pretreatment"))]);
    }

    /// <inheritdoc/>
    public double SecondsPerSpectrum(int variables) => Steps.Sum(step => step.SecondsPerSpectrum(variables));

    /// <summary>The seconds of all steps, which are fitted one after the other, and the bytes of the one that holds most.</summary>
    public Cost EstimateFit(int samples, int variables)
    {
        Cost[] costs = [.. Steps.Select(step => step.EstimateFit(samples, variables))];
        return new Cost(costs.Sum(cost => cost.CpuSeconds), costs.Select(cost => cost.PeakBytes).DefaultIfEmpty().Max());
    }

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        foreach (IPretreatment step in Steps)
        {
            axis = step.OutputAxis(axis);
        }

        return axis;
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, axis.Count);
        var fitted = new IFittedPretreatment[Steps.Length];
        int[] widths = new int[Steps.Length];
        int lastFitted = Steps.Length - 1;
        while (lastFitted >= 0 && Steps[lastFitted].IsSampleWise)
        {
            lastFitted--;
        }

        MatrixView current = x;
        for (int s = 0; s < fitted.Length; s++)
        {
            // Steps after the last fitted one look only at the axis.
            MatrixView seen = s <= lastFitted ? current : new MatrixView(default, 0, axis.Count, axis.Count);
            fitted[s] = Steps[s].Fit(seen, y, axis);
            axis = Steps[s].OutputAxis(axis);
            widths[s] = axis.Count;
            if (s < lastFitted)
            {
                var next = new Matrix(x.Rows, axis.Count);
                fitted[s].Apply(current, next.Span);
                current = next.View;
            }
        }

        return new FittedChain(fitted, widths);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis)
    {
        var fitted = new IFittedPretreatment[Steps.Length];
        int[] widths = new int[Steps.Length];
        for (int s = 0; s < fitted.Length; s++)
        {
            string prefix = LearntPrefix(s);
            ImmutableArray<NamedArray> own =
            [
                .. learnt.Where(array => array.Name.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(array => array with { Name = array.Name[prefix.Length..] }),
            ];
            fitted[s] = Steps[s].Restore(own, axis);
            axis = Steps[s].OutputAxis(axis);
            widths[s] = axis.Count;
        }

        return new FittedChain(fitted, widths);
    }

    /// <summary>What stands before the names of the numbers that a step has learnt.</summary>
    internal static string LearntPrefix(int step) => string.Create(CultureInfo.InvariantCulture, $"step_{step + 1}_");

    /// <summary>The shortest chain that is algebraically the same, by exact identities of neighbouring steps.</summary>
    /// <remarks>
    /// Results agree up to rounding; two chains with the same simplified chain are one candidate.
    /// The identities are listed in <see cref="ChainIdentities"/>.
    /// </remarks>
    public PretreatmentChain Simplify()
    {
        var steps = new List<IPretreatment>(Steps.Length);
        foreach (IPretreatment step in Steps)
        {
            IPretreatment last = step;
            while (steps.Count > 0 && ChainIdentities.Merge(steps[^1], last) is { } merged)
            {
                steps.RemoveAt(steps.Count - 1);
                last = merged;
            }

            steps.Add(last);
        }

        return new([.. steps]);
    }

    /// <inheritdoc/>
    public bool Equals(PretreatmentChain? other) => other is not null && Steps.SequenceEqual(other.Steps);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PretreatmentChain);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Notation);

    /// <inheritdoc/>
    public override string ToString() => Notation;
}
