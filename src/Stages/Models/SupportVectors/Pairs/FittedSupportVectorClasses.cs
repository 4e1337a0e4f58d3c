using System.Collections.Immutable;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors.Pairs;

/// <summary>Fitted support vector machines of all pairs of classes, with their probabilities.</summary>
/// <remarks>
/// Radial machines share one copy of the spectra that any of them weighs; of a linear kernel only lines are kept. A class that the
/// calibration had no sample of has the probability 0. Immutable, safe for several threads.
/// </remarks>
internal sealed class FittedSupportVectorClasses : IFittedModel
{
    private const string MeansName = "means";
    private const string FactorName = "kernel_factor";
    private const string WeightsName = "pair_weights";
    private const string CoefficientsName = "pair_coefficients";
    private const string OffsetsName = "pair_offsets";
    private const string SlopesName = "pair_slopes";
    private const string ShiftsName = "pair_shifts";
    private const string PresentName = "class_present";

    private readonly SeenClasses _classes;
    private readonly KernelExpansion? _expansion;
    private readonly double[] _means;
    private readonly double _factor;

    /// <summary>Pairs × centres, or pairs × p of lines.</summary>
    private readonly Matrix _weights;
    private readonly double[] _offsets;
    private readonly ImmutableArray<DecisionSigmoid> _sigmoids;

    /// <summary>Radial machines.</summary>
    /// <param name="classes">The classes.</param>
    /// <param name="expansion">The centres.</param>
    /// <param name="factor">c of exp(-c d²).</param>
    /// <param name="weights">Pairs × centres.</param>
    /// <param name="offsets">The offset of each pair.</param>
    /// <param name="sigmoids">From decisions to probabilities.</param>
    public FittedSupportVectorClasses(
        SeenClasses classes, KernelExpansion expansion, double factor, Matrix weights, double[] offsets, ImmutableArray<DecisionSigmoid> sigmoids)
        : this(classes, weights, offsets, sigmoids)
    {
        _expansion = expansion;
        _factor = factor;
    }

    /// <summary>Lines.</summary>
    /// <param name="classes">The classes.</param>
    /// <param name="means">What is taken off spectra, p values.</param>
    /// <param name="coefficients">Pairs × p.</param>
    /// <param name="offsets">The offset of each pair.</param>
    /// <param name="sigmoids">From decisions to probabilities.</param>
    public FittedSupportVectorClasses(
        SeenClasses classes, double[] means, Matrix coefficients, double[] offsets, ImmutableArray<DecisionSigmoid> sigmoids)
        : this(classes, coefficients, offsets, sigmoids) => _means = means;

    private FittedSupportVectorClasses(SeenClasses classes, Matrix weights, double[] offsets, ImmutableArray<DecisionSigmoid> sigmoids)
    {
        _classes = classes;
        _weights = weights;
        _offsets = offsets;
        _sigmoids = sigmoids;
        _means = [];
    }

    /// <inheritdoc/>
    public int VariableCount => _expansion?.VariableCount ?? _means.Length;

    /// <inheritdoc/>
    public int ResponseCount => _classes.ClassCount;

    /// <summary>Whether the machines are lines.</summary>
    public bool IsLine => _expansion is null;

    /// <inheritdoc/>
    public ImmutableArray<NamedArray> Learnt
    {
        get
        {
            ImmutableArray<NamedArray> own = _expansion is { } expansion
                ? [.. expansion.Learnt, new(WeightsName, _weights), NamedArray.Of(FactorName, [_factor])]
                : [NamedArray.Of(MeansName, [.. _means]), new(CoefficientsName, _weights)];
            double[] present = new double[_classes.ClassCount];
            foreach (int c in _classes.Seen)
            {
                present[c] = 1;
            }

            return
            [
                .. own,
                NamedArray.Of(OffsetsName, [.. _offsets]),
                NamedArray.Of(SlopesName, [.. _sigmoids.Select(one => one.Slope)]),
                NamedArray.Of(ShiftsName, [.. _sigmoids.Select(one => one.Shift)]),
                NamedArray.Of(PresentName, present),
            ];
        }
    }

    /// <summary>The model of saved numbers.</summary>
    /// <exception cref="Engine.StageException">An array is missing or has another shape.</exception>
    public static FittedSupportVectorClasses Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        Matrix present = SavedNumbers.Any(learnt, PresentName);
        var classes = new SeenClasses(present.Columns, [.. Enumerable.Range(0, present.Columns).Where(c => present[0, c] != 0)]);
        int pairs = PairCoupling.PairCount(classes.Seen.Length);
        double[] offsets = SavedNumbers.Of(learnt, OffsetsName, pairs);
        double[] slopes = SavedNumbers.Of(learnt, SlopesName, pairs);
        double[] shifts = SavedNumbers.Of(learnt, ShiftsName, pairs);
        ImmutableArray<DecisionSigmoid> sigmoids = [.. slopes.Zip(shifts, (slope, shift) => new DecisionSigmoid(slope, shift))];
        if (learnt.Any(array => array.Name == CoefficientsName))
        {
            return new FittedSupportVectorClasses(
                classes, SavedNumbers.Of(learnt, MeansName, variables), SavedNumbers.MatrixOf(learnt, CoefficientsName, pairs, variables), offsets, sigmoids);
        }

        KernelExpansion expansion = KernelExpansion.Restore(learnt, variables);
        return new FittedSupportVectorClasses(
            classes,
            expansion,
            SavedNumbers.Of(learnt, FactorName, 1)[0],
            SavedNumbers.MatrixOf(learnt, WeightsName, pairs, expansion.Count),
            offsets,
            sigmoids);
    }

    /// <summary>Decision values of n spectra, n × pairs: positive for the first class. Time 2np with the centres, or with the pairs of lines.</summary>
    public void Decide(MatrixView x, MatrixSpan decisions)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, VariableCount, nameof(x));
        double[] centred = new double[VariableCount];
        double[] kernel = new double[_expansion?.Count ?? 0];
        for (int i = 0; i < x.Rows; i++)
        {
            Span<double> row = decisions.Row(i);
            if (_expansion is { } expansion)
            {
                expansion.Distances(x.Row(i), centred, kernel);
                Exponential.OfNegative(_factor, kernel, kernel);
                Products.Project(_weights.View, kernel, row);
            }
            else
            {
                RowKernels.Subtract(x.Row(i), _means, centred);
                Products.Project(_weights.View, centred, row);
            }

            Products.Axpy(1, _offsets, row);
        }
    }

    /// <summary>Probabilities of n spectra, n × C.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Columns, ResponseCount, nameof(yHat));
        int seen = _classes.Seen.Length;
        var decisions = new Matrix(x.Rows, _offsets.Length);
        Decide(x, decisions.Span);
        double[] odds = new double[_offsets.Length];
        double[] ofFirst = new double[_offsets.Length];
        double[] ofSeen = new double[seen];
        var room = new Matrix(seen, seen);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int pair = 0; pair < odds.Length; pair++)
            {
                odds[pair] = _sigmoids[pair].Odds(decisions[i, pair]);
            }

            ClassLink.Probabilities(odds, ofFirst);
            PairCoupling.Couple(ofFirst, ofSeen, room.Span);
            Span<double> row = yHat.Row(i);
            row.Clear();
            for (int k = 0; k < seen; k++)
            {
                row[_classes.Seen[k]] = ofSeen[k];
            }
        }
    }

    /// <summary>
    /// Root mean square over pairs of the coefficient of each variable, or of the root mean square derivative of the decision value over
    /// support vectors. Time 2m²p for each pair with m centres.
    /// </summary>
    public void CopyImportance(Span<double> importance)
    {
        importance.Clear();
        double[] one = new double[VariableCount];
        for (int pair = 0; pair < _offsets.Length; pair++)
        {
            if (_expansion is { } expansion)
            {
                expansion.CopyImportance(_weights.Row(pair), _factor, one);
            }
            else
            {
                _weights.Row(pair).CopyTo(one);
            }

            for (int j = 0; j < one.Length; j++)
            {
                importance[j] += one[j] * one[j];
            }
        }

        for (int j = 0; j < one.Length; j++)
        {
            importance[j] = Math.Sqrt(importance[j] / _offsets.Length);
        }
    }
}
