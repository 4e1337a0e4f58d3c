using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Kernels;

/// <summary>A fitted kernel model of which only the weights of its centres are known, whatever family it came from.</summary>
/// <remarks>Immutable, safe for several threads.</remarks>
internal sealed class FittedExpansion : IFittedModel
{
    private const string WeightsName = "weights";
    private const string FactorName = "kernel_factor";

    private readonly KernelExpansion _expansion;
    private readonly Matrix _weights;
    private readonly double _factor;

    /// <summary>A weight for each centre, and c of exp(-c d²).</summary>
    public FittedExpansion(KernelExpansion expansion, double[] weights, double factor)
    {
        _expansion = expansion;
        _weights = new Matrix(1, weights.Length, weights);
        _factor = factor;
    }

    /// <inheritdoc/>
    public int VariableCount => _expansion.VariableCount;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <inheritdoc/>
    public ImmutableArray<NamedArray> Learnt => Save(_expansion, _weights.Values.ToArray(), _factor);

    /// <summary>The arrays of a kernel model: its centres, their weights, and c of exp(-c d²).</summary>
    public static ImmutableArray<NamedArray> Save(KernelExpansion expansion, double[] weights, double factor) =>
        [.. expansion.Learnt, NamedArray.Of(WeightsName, weights), NamedArray.Of(FactorName, [factor])];

    /// <summary>The model of saved numbers.</summary>
    public static FittedExpansion Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        KernelExpansion expansion = KernelExpansion.Restore(learnt, variables);
        return new FittedExpansion(
            expansion, SavedNumbers.Of(learnt, WeightsName, expansion.Count), SavedNumbers.Of(learnt, FactorName, 1)[0]);
    }

    /// <inheritdoc/>
    public void Predict(MatrixView x, MatrixSpan yHat) => new KernelPath(_expansion, _weights, [_factor], [null]).Predict(x, yHat);

    /// <inheritdoc/>
    public void CopyImportance(Span<double> importance) => _expansion.CopyImportance(_weights.Values, _factor, importance);
}
