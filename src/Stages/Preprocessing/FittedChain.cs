using System.Collections.Immutable;
using System.Buffers;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Preprocessing;

/// <summary>The fitted steps of a chain, applied row by row so that a row stays in the nearest cache.</summary>
/// <remarks>
/// Immutable, safe for several threads: the two scratch rows are rented for each call. Every fitted step treats a
/// row on its own, so the order rows × steps or steps × rows does not matter to a bit.
/// </remarks>
internal sealed class FittedChain : IFittedPretreatment
{
    private readonly IFittedPretreatment[] _steps;
    private readonly int[] _widths;
    private readonly int _widest;

    /// <summary>Steps with the number of variables that each one leaves.</summary>
    public FittedChain(IFittedPretreatment[] steps, int[] widths)
    {
        _steps = steps;
        _widths = widths;
        _widest = widths.Length == 0 ? 0 : widths.Max();
    }

    /// <summary>What every step has learnt, the number of the step before its names: <c>step_1_means</c>.</summary>
    public ImmutableArray<NamedArray> Learnt =>
    [
        .. _steps.SelectMany((step, s) => step.Learnt.Select(array => array with { Name = PretreatmentChain.LearntPrefix(s) + array.Name })),
    ];

    /// <inheritdoc/>
    public void Apply(MatrixView x, MatrixSpan target)
    {
        if (_steps.Length == 0)
        {
            x.CopyTo(target);
            return;
        }

        if (_steps.Length == 1)
        {
            _steps[0].Apply(x, target);
            return;
        }

        double[] scratch = ArrayPool<double>.Shared.Rent(2 * _widest);
        try
        {
            for (int i = 0; i < x.Rows; i++)
            {
                Treat(x.Row(i), target.Row(i), scratch);
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(scratch);
        }
    }

    /// <inheritdoc/>
    public int CountClipped(ReadOnlySpan<double> spectrum)
    {
        if (_steps.Length == 0)
        {
            return 0;
        }

        double[] scratch = ArrayPool<double>.Shared.Rent(3 * _widest);
        try
        {
            return Treat(spectrum, scratch.AsSpan(2 * _widest, _widths[^1]), scratch, isCounting: true);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(scratch);
        }
    }

    /// <summary>Treats one spectrum by every step in turn; returns the clipped values of all steps if they are to be counted.</summary>
    private int Treat(ReadOnlySpan<double> x, Span<double> target, Span<double> scratch, bool isCounting = false)
    {
        ReadOnlySpan<double> source = x;
        Span<double> next = scratch[.._widest];
        Span<double> other = scratch.Slice(_widest, _widest);
        int clipped = 0;
        for (int s = 0; s < _steps.Length; s++)
        {
            int width = _widths[s];
            clipped += isCounting ? _steps[s].CountClipped(source) : 0;
            Span<double> result = s == _steps.Length - 1 ? target : next[..width];
            _steps[s].Apply(
                new MatrixView(source, 1, source.Length, source.Length),
                new MatrixSpan(result, 1, width, width));
            source = result;
            Span<double> free = other;
            other = next;
            next = free;
        }

        return clipped;
    }
}
