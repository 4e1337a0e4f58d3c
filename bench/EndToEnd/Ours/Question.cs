using System.Collections.Immutable;
using System.Security.Cryptography;
using Pipeline.Stages;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Splitting;

namespace Pipeline.EndToEndBench;

/// <summary>Chains × one family on one study, asked in the way in which the program asks its units.</summary>
internal sealed class Question(RawStudy study, ImmutableArray<PretreatmentChain> chains, ICandidateFamily family, PieceRunner runner)
{
    private static readonly ImmutableArray<ISubset> Full = [new FullSpectrum()];

    private readonly CellTable[] _answers = new CellTable[chains.Length];

    private readonly ImmutableArray<ModelSetting> _settings =
        family.SettingsFor(study.Folds.SampleCount - study.Folds.HeldOutMax, study.X.Columns);

    /// <summary>Reads chains and model in the notation of studies.</summary>
    public static Question Parse(RawStudy study, string chains, string model, PieceRunner runner) => new(
        study,
        [.. chains.Split(';').Select(PretreatmentChain.Parse)],
        Catalog.ParseFamily(model),
        runner);

    /// <summary>The values of the settings.</summary>
    public double[] Settings => [.. _settings.Select(setting => setting.Value)];

    /// <summary>Computes every cell. Several chains are a unit each and get a core each; one chain may use all of them.</summary>
    public void Ask()
    {
        PieceRunner inside = chains.Length > 1 ? Pieces.InOrder : runner;
        PieceRunner between = chains.Length > 1 ? runner : Pieces.InOrder;
        between(chains.Length, c => _answers[c] = Answer(chains[c], inside));
    }

    /// <summary>RMSECV of every setting, chain by chain, pooled over folds; NaN where a fold failed.</summary>
    public double[][] Rmsecv() =>
    [
        .. _answers.Select(cells => Enumerable.Range(0, cells.CandidateCount)
            .Select(candidate => Rmsecv(cells, candidate))
            .ToArray()),
    ];

    /// <summary>A digest of every prediction's bits.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (CellTable cells in _answers)
        {
            for (int candidate = 0; candidate < cells.CandidateCount; candidate++)
            {
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(cells.Predictions(candidate)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private double Rmsecv(CellTable cells, int candidate)
    {
        ReadOnlySpan<double> predictions = cells.Predictions(candidate);
        return predictions.ContainsAnyExceptInRange(double.MinValue, double.MaxValue)
            ? double.NaN
            : RegressionMetrics.Of(study.Y.Values, predictions).Rmse;
    }

    private CellTable Answer(PretreatmentChain chain, PieceRunner inside)
    {
        PretreatmentChain sampleWise = chain.SampleWisePrefix;
        Matrix x = study.X;
        if (!sampleWise.Steps.IsEmpty)
        {
            IFittedPretreatment fitted = sampleWise.Fit(study.X.View, study.Y.View, study.Axis);
            x = new Matrix(study.X.Rows, sampleWise.OutputAxis(study.Axis).Count);
            fitted.Apply(study.X.View, x.Span);
        }

        var data = new FoldedSpectra(x, study.Y, sampleWise.OutputAxis(study.Axis), study.Folds, chain.FittedRest, inside);
        var cells = new CellTable(study.Folds, Full.Length, _settings.Length);
        family.CrossValidate(data, Full, _settings, cells, CancellationToken.None);
        return cells;
    }
}
