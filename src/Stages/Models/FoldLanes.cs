using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>Folds dealt to a fixed number of lanes, so that scratch memory does not grow with their number.</summary>
/// <remarks>A lane takes every fourth fold, one after the other; which thread runs a lane changes no bit.</remarks>
internal static class FoldLanes
{
    /// <summary>Most lanes, hence most folds whose scratch memory is held at once.</summary>
    public const int Max = 4;

    /// <summary>Runs a body for every fold; bad data or numerics are that fold's failure alone.</summary>
    /// <param name="folds">The folds.</param>
    /// <param name="runner">Who runs the lanes.</param>
    /// <param name="body">Computes what a fold predicts; what it returns is written by the caller's thread.</param>
    /// <param name="write">Writes what a fold predicts, in the order of the folds.</param>
    /// <param name="fail">Writes why a fold predicts nothing.</param>
    /// <param name="cancellation">Looked at before each fold.</param>
    public static void Run<T>(
        ImmutableArray<int> folds,
        PieceRunner runner,
        Func<int, T> body,
        Action<int, T> write,
        Action<int, string> fail,
        CancellationToken cancellation)
    {
        int lanes = Math.Min(Max, folds.Length);
        var results = new (T? Value, string? Failure)[folds.Length];
        runner(lanes, lane =>
        {
            for (int f = lane; f < folds.Length; f += lanes)
            {
                cancellation.ThrowIfCancellationRequested();

                // Bad data or numerics of one fold are no reason to lose the others.
                try
                {
                    results[f] = (body(folds[f]), null);
                }
                catch (StageException failure) when (failure.Kind is FailureKind.InvalidData or FailureKind.Numerical)
                {
                    results[f] = (default, failure.Message);
                }
            }
        });
        for (int f = 0; f < folds.Length; f++)
        {
            if (results[f].Failure is { } reason)
            {
                fail(folds[f], reason);
            }
            else
            {
                write(folds[f], results[f].Value!);
            }
        }
    }
}
