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

    /// <summary>Steps with the number of variables that each one leaves.</summary>
    public FittedChain(IFittedPretreatment[] steps, int[] widths)
    {
        _steps = steps;
        _widths = widths;
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

        int widest = _widths.Max();
        double[] scratch = ArrayPool<double>.Shared.Rent(2 * widest);
        try
        {
            for (int i = 0; i < x.Rows; i++)
            {
                Treat(x.Row(i), target.Row(i), scratch.AsSpan(0, widest), scratch.AsSpan(widest, widest));
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(scratch);
        }
    }

    private void Treat(ReadOnlySpan<double> x, Span<double> target, Span<double> next, Span<double> other)
    {
        ReadOnlySpan<double> source = x;
        for (int s = 0; s < _steps.Length; s++)
        {
            int width = _widths[s];
            Span<double> result = s == _steps.Length - 1 ? target : next[..width];
            _steps[s].Apply(
                new MatrixView(source, 1, source.Length, source.Length),
                new MatrixSpan(result, 1, width, width));
            source = result;
            Span<double> free = other;
            other = next;
            next = free;
        }
    }
}
