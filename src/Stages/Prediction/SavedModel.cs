using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Prediction;

/// <summary>Everything needed to predict one response from spectra as measured, and to judge each of them.</summary>
/// <remarks>
/// Made from a fitted candidate or from saved numbers; both predict the same bits. Immutable, safe for several threads.
/// Memory: p + (2A + 2)p' doubles and what the chain has learnt, with p' chosen variables. Predicting takes the chain,
/// 2p' for the value and 4p'A for the distances per spectrum, in blocks of <see cref="BlockRows"/> spectra.
/// </remarks>
public sealed class SavedModel
{
    private const int BlockRows = 256;
    private const string PositionsName = "axis";
    private const string VariablesName = "variables";
    private const string CoefficientsName = "coefficients";
    private const string ResidualsName = "interval_residuals";

    private readonly IFittedPretreatment _pretreatment;
    private readonly int _pretreatedCount;
    private readonly int[] _variables;
    private readonly double[] _coefficients;
    private readonly ConformalInterval _interval;
    private readonly Judgement _judgement;

    private SavedModel(
        ModelDescription description,
        SpectralAxis axis,
        IFittedPretreatment pretreatment,
        int pretreatedCount,
        int[] variables,
        double[] coefficients,
        ScoreModel scores,
        ConformalInterval interval)
    {
        Description = description;
        Axis = axis;
        _pretreatment = pretreatment;
        _pretreatedCount = pretreatedCount;
        _variables = variables;
        _coefficients = coefficients;
        Scores = scores;
        _interval = interval;
        _judgement = new Judgement(scores.Limits, description.ResponseMin, description.ResponseMax);
    }

    /// <summary>Texts and single numbers.</summary>
    public ModelDescription Description { get; }

    /// <summary>The axis of the spectra as measured.</summary>
    public SpectralAxis Axis { get; }

    /// <summary>The space in which spectra are judged.</summary>
    public ScoreModel Scores { get; }

    /// <summary>Every array of the model, by name.</summary>
    public ImmutableArray<NamedArray> Arrays =>
    [
        NamedArray.Of(PositionsName, [.. Axis.Positions]),
        NamedArray.Of(VariablesName, [.. _variables.Select(j => (double)j)]),
        NamedArray.Of(CoefficientsName, [.. _coefficients]),
        NamedArray.Of(ResidualsName, _interval.Residuals.ToArray()),
        .. Scores.Arrays,
        .. _pretreatment.Learnt,
    ];

    /// <summary>Refits a candidate on all samples and takes down what predicting needs.</summary>
    /// <param name="row">The candidate's row.</param>
    /// <param name="samples">The calibration samples.</param>
    /// <param name="outOfFold">Its predictions of each sample by models that had not seen it.</param>
    /// <param name="study">The study, for provenance.</param>
    /// <param name="program">The version of the program, for provenance.</param>
    /// <exception cref="StageException">The model is not linear, or cannot be fitted on all samples.</exception>
    public static SavedModel Of(
        LeaderboardRow row, CalibrationSet samples, ReadOnlySpan<double> outOfFold, Study study, string program)
    {
        Candidate candidate = row.Candidate;
        FittedCandidate fitted = FittedCandidate.Fit(candidate, samples);
        if (fitted.Model is not ILinearModel linear)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"A model of the family '{candidate.Family.Name}' cannot be saved: the model folder holds linear models, and this one consists of its calibration spectra. Search with pls, pcr or ridge.");
        }

        Matrix seen = fitted.Pretreat(samples.X.View);
        ScoreModel scores = ScoreModel.Of(fitted.Model, seen.View);
        var yHat = new Matrix(seen.Rows, 1);
        fitted.Model.Predict(seen.View, yHat.Span);
        double rmsec = RegressionMetrics.Of(samples.Y.Values, yHat.Values).Rmse;
        return Of(row, samples, outOfFold, study, program, fitted, linear, scores, rmsec);
    }

    /// <summary>Takes down what predicting needs of a candidate that was refitted while its spectra stay on the disk.</summary>
    public static SavedModel Of(
        LeaderboardRow row, CalibrationSet samples, ReadOnlySpan<double> outOfFold, Study study, string program, DiskRefit refit)
    {
        ArgumentNullException.ThrowIfNull(refit);
        return Of(
            row, samples, outOfFold, study, program, refit.Fitted, (ILinearModel)refit.Fitted.Model, refit.Scores, refit.Calibration.Rmse);
    }

    private static SavedModel Of(
        LeaderboardRow row,
        CalibrationSet samples,
        ReadOnlySpan<double> outOfFold,
        Study study,
        string program,
        FittedCandidate fitted,
        ILinearModel linear,
        ScoreModel scores,
        double rmsec)
    {
        Candidate candidate = row.Candidate;
        var interval = ConformalInterval.Of(samples.Y.Values, outOfFold, samples.Manifest.Groups);
        double[] y = samples.Y.Values.ToArray();
        var description = new ModelDescription
        {
            Response = samples.Manifest.Response,
            ResponseMin = y.Min(),
            ResponseMax = y.Max(),
            AxisUnit = UnitText(samples.Manifest.Axis.Unit),
            Pretreatment = candidate.Chain.Notation,
            PretreatmentVersion = candidate.Chain.Version,
            Subset = candidate.Subset.Notation,
            Variables = row.Variables,
            Model = candidate.Family.Name,
            Setting = candidate.SettingText,
            Intercept = linear.Intercept,
            SampleCount = samples.Manifest.SampleCount,
            GroupCount = samples.Manifest.GroupCount,
            Rmsec = rmsec,
            Rmsecv = row.Metrics.Rmse,
            Alpha = ConformalInterval.AlphaDefault,
            HalfWidth = Finite(interval.HalfWidth(ConformalInterval.AlphaDefault)),
            ScoreCount = scores.ComponentCount,
            T2Warn = Finite(scores.Limits.T2Warn),
            T2Reject = Finite(scores.Limits.T2Reject),
            QWarn = Finite(scores.Limits.QWarn),
            QReject = Finite(scores.Limits.QReject),
            LeverageWarn = Finite(scores.Limits.LeverageWarn),
            CandidateKey = candidate.Key.ToString(),
            SamplesKey = samples.Manifest.Key.ToString(),
            Study = StudyFile.Write(study),
            Program = program,
        };
        return new SavedModel(
            description,
            samples.Manifest.Axis,
            fitted.Pretreatment,
            candidate.Chain.OutputAxis(samples.Manifest.Axis).Count,
            [.. fitted.Variables],
            linear.Coefficients.ToArray(),
            scores,
            interval);
    }

    /// <summary>The model of saved texts and numbers.</summary>
    /// <exception cref="StageException">Something is missing, has another shape, or is of another version.</exception>
    public static SavedModel Restore(ModelDescription description, ImmutableArray<NamedArray> arrays)
    {
        RequireFinite(description, arrays);
        var axis = new SpectralAxis([.. SavedNumbers.Any(arrays, PositionsName).Values], Unit(description.AxisUnit));
        PretreatmentChain chain = PretreatmentChain.Parse(description.Pretreatment);
        if (chain.Version != description.PretreatmentVersion)
        {
            throw Damaged(
                $"it was made with version {description.PretreatmentVersion} of '{chain.Notation}', this program has version {chain.Version}, "
                + "whose numbers differ",
                "Predict with the program that made it, or search again");
        }

        int pretreated = chain.OutputAxis(axis).Count;
        double[] places = SavedNumbers.Any(arrays, VariablesName).Values.ToArray();
        int[] variables = new int[places.Length];
        for (int j = 0; j < places.Length; j++)
        {
            bool valid = places[j] == Math.Floor(places[j]) && places[j] < pretreated && places[j] > (j == 0 ? -1 : places[j - 1]);
            variables[j] = valid
                ? (int)places[j]
                : throw Damaged(
                    string.Create(CultureInfo.InvariantCulture, $"its chosen variable {j + 1} is {places[j]}, expected rising whole numbers below {pretreated}"));
        }

        if (variables.Length == 0 || description.SampleCount < 2 || description.ScoreCount < 0)
        {
            throw Damaged("it names no variables, or fewer than 2 calibration samples");
        }

        RequirePlausible(description);
        var limits = new ScoreLimits(
            description.T2Warn ?? double.PositiveInfinity,
            description.T2Reject ?? double.PositiveInfinity,
            description.QWarn ?? double.PositiveInfinity,
            description.QReject ?? double.PositiveInfinity,
            description.LeverageWarn ?? double.PositiveInfinity);
        ScoreModel scores = ScoreModel.Restore(description.SampleCount, variables.Length, description.ScoreCount, limits, arrays);
        foreach (double variance in scores.Variances)
        {
            if (variance <= 0)
            {
                throw Damaged(string.Create(CultureInfo.InvariantCulture, $"the variance of a score is {variance}, expected more than 0"));
            }
        }

        return new SavedModel(
            description,
            axis,
            chain.Restore(arrays, axis),
            pretreated,
            variables,
            SavedNumbers.Of(arrays, CoefficientsName, variables.Length),
            scores,
            new ConformalInterval(SavedNumbers.Any(arrays, ResidualsName).Values));
    }

    /// <summary>The half-width of the interval for a share α of samples outside; +∞ where the calibration cannot tell.</summary>
    public double HalfWidth(double alpha) => _interval.HalfWidth(alpha);

    /// <summary>Predicts and judges spectra of the model's own axis.</summary>
    /// <param name="ids">n ids.</param>
    /// <param name="x">n × p spectra as measured.</param>
    /// <param name="alpha">The share of samples outside their interval.</param>
    public ImmutableArray<PredictionRow> Predict(ImmutableArray<string> ids, MatrixView x, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, Axis.Count, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(ids.Length, x.Rows, nameof(ids));
        double half = HalfWidth(alpha);
        var rows = ImmutableArray.CreateBuilder<PredictionRow>(x.Rows);
        for (int start = 0; start < x.Rows; start += BlockRows)
        {
            int count = Math.Min(BlockRows, x.Rows - start);
            Matrix seen = Pretreat(x.RowBand(start, count));
            var yHat = new Matrix(count, 1);
            LinearPrediction.Predict(seen.View, _coefficients, Description.Intercept, yHat.Span);
            ScoreDistance[] distances = Scores.Distances(seen.View);
            for (int i = 0; i < count; i++)
            {
                double value = yHat[i, 0];
                ImmutableArray<Reason> reasons = _judgement.Reasons(value, distances[i]);
                Verdict flag = reasons.Select(reason => reason.Flag).DefaultIfEmpty(Verdict.Ok).Max();
                rows.Add(new PredictionRow(ids[start + i], value, value - half, value + half, distances[i], flag, reasons));
            }
        }

        return rows.MoveToImmutable();
    }

    private Matrix Pretreat(MatrixView x)
    {
        var treated = new Matrix(x.Rows, _pretreatedCount);
        _pretreatment.Apply(x, treated.Span);
        return _variables.Length == _pretreatedCount ? treated : treated.SelectColumns(_variables);
    }

    private static void RequireFinite(ModelDescription description, ImmutableArray<NamedArray> arrays)
    {
        foreach (NamedArray array in arrays)
        {
            foreach (double value in array.Values.Values)
            {
                if (!double.IsFinite(value))
                {
                    throw Damaged($"its array '{array.Name}' holds something that is no finite number");
                }
            }
        }

        if (!double.IsFinite(description.Intercept + description.ResponseMin + description.ResponseMax))
        {
            throw Damaged("its intercept or its calibrated range is no finite number");
        }
    }

    private static void RequirePlausible(ModelDescription description)
    {
        double?[] limits = [description.T2Warn, description.T2Reject, description.QWarn, description.QReject, description.LeverageWarn];
        if (limits.Any(limit => limit < 0))
        {
            throw Damaged("one of its limits is negative");
        }

        if (description.ResponseMin > description.ResponseMax)
        {
            throw Damaged("its calibrated range ends below its beginning");
        }
    }

    private static StageException Damaged(string what, string remedy = "Take the folder from its source again") =>
        new(FailureKind.InvalidData, $"The saved model cannot be used: {what}. {remedy}.");

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string UnitText(AxisUnit unit) => unit switch
    {
        AxisUnit.Nanometre => "nm",
        AxisUnit.Wavenumber => "cm-1",
        _ => "channel",
    };

    private static AxisUnit Unit(string text) => text switch
    {
        "nm" => AxisUnit.Nanometre,
        "cm-1" => AxisUnit.Wavenumber,
        "channel" => AxisUnit.Channel,
        _ => throw Damaged($"the unit of its axis is '{text}', expected nm, cm-1 or channel"),
    };
}
