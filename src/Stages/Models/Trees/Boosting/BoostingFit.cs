using Pipeline.Engine;
using Pipeline.Stages.Models.Trees.Boosting.Growth;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>Boosted trees of several calibration sets of the same spectra, all in step.</summary>
/// <remarks>
/// Sets differ in their bins, hence in all that follows; sorting the variables is what they share. They go in step because a
/// single set's step is too short for two cores: pieces are sets × chunks of 256 variables. Each set's bits are those
/// of a fit on its own.
/// </remarks>
internal static class BoostingFit
{
    /// <summary>The trees of each set, or why it has none.</summary>
    /// <param name="x">n × p spectra.</param>
    /// <param name="y">n × q responses.</param>
    /// <param name="calibrations">The rows of each set, ascending.</param>
    /// <param name="kind">What is predicted.</param>
    /// <param name="rules">How trees grow.</param>
    /// <param name="prefixes">Numbers of rounds, ascending and distinct.</param>
    /// <param name="runner">Who runs the pieces.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    public static (BoostedTrees? Trees, string? Failure)[] Of(
        StoredRows<double> x,
        Matrix y,
        IReadOnlyList<int[]> calibrations,
        ResponseKind kind,
        BoostingRules rules,
        int[] prefixes,
        PieceRunner runner,
        CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        BinnedSpectra[] spectra = BinnedSpectra.Of(x, calibrations, runner);
        var rounds = new BoostingRounds?[calibrations.Count];
        string?[] failures = new string?[calibrations.Count];
        try
        {
            for (int s = 0; s < rounds.Length; s++)
            {
                // Bad data of one set are no reason to lose the others.
                try
                {
                    RequireSize(calibrations[s].Length);
                    spectra[s].RequireFinite(x, calibrations[s]);
                    (BoostingResponse response, BoostingLoss loss) = BoostingResponse.Of(y, calibrations[s], kind);
                    rounds[s] = new BoostingRounds(spectra[s], response, loss, rules, prefixes);
                }
                catch (StageException failure) when (failure.Kind is FailureKind.InvalidData or FailureKind.Numerical)
                {
                    failures[s] = failure.Message;
                }
            }

            new Steps([.. rounds.OfType<BoostingRounds>()]).Run(runner, cancellation);
            return [.. rounds.Select((one, s) => (one?.ToTrees(), failures[s]))];
        }
        finally
        {
            foreach (BoostingRounds? one in rounds)
            {
                one?.Dispose();
            }
        }
    }

    private static void RequireSize(int samples)
    {
        if (samples > BoostingFamily.SamplesLimit)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Boosting takes at most {BoostingFamily.SamplesLimit} calibration samples, found {samples}. Choose some of them, or use pls or ridge.");
        }
    }

    /// <summary>The steps of several sets of the same variables; a set whose rounds are over drops out.</summary>
    private sealed class Steps(BoostingRounds[] sets)
    {
        private readonly BoostingRounds[] _active = sets;
        private int _count;
        private int _chunks;

        public void Run(PieceRunner runner, CancellationToken cancellation)
        {
            Action<int> search = Search;
            KeepWhere(_active.Length, static one => one.Begin());
            while (_count > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                _chunks = _active[0].Growth.ChunkCount;
                runner(_count * _chunks, search);
                KeepWhere(_count, static one => one.Advance());
            }
        }

        private void Search(int piece) => _active[piece / _chunks].Growth.Search(piece % _chunks);

        private void KeepWhere(int count, Func<BoostingRounds, bool> goesOn)
        {
            _count = 0;
            for (int s = 0; s < count; s++)
            {
                if (goesOn(_active[s]))
                {
                    _active[_count++] = _active[s];
                }
            }
        }
    }
}
