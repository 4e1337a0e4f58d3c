using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Calibration.OnDisk;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Prediction;

/// <summary>Everything needed to predict one response from spectra as measured, and to judge each of them.</summary>
/// <remarks>
/// Made from a fitted candidate or from saved numbers; both predict the same bits. A line is saved as coefficients and
/// intercept, any other model as what it has learnt (<see cref="IFittedModel.Learnt"/>), for its family to restore, and
/// classes with their names. Immutable, safe for several threads.
/// Memory: p + (2A + 1)p' doubles, what the chain has learnt and what the model has, with p' chosen variables. Predicting
/// takes the chain, the model's own time (2p' for a line), and 4p'A for the distances per spectrum, in blocks of
/// <see cref="BlockRows"/> spectra.
/// </remarks>
public sealed class SavedModel
{
    private const int BlockRows = 256;
    private const string PositionsName = "axis";
    private const string VariablesName = "variables";
    private const string CoefficientsName = "coefficients";
    private const string ResidualsName = "interval_residuals";

    /// <summary>Begins the names of arrays of a model that is no line, so that they differ from all others.</summary>
    private const string ModelPrefix = "model_";

    private readonly IFittedPretreatment _pretreatment;
    private readonly int _pretreatedCount;
    private readonly int[] _variables;
    private readonly IFittedModel _model;
    private readonly ConformalInterval? _interval;
    private readonly Judgement _judgement;

    private SavedModel(
        ModelDescription description,
        SpectralAxis axis,
        IFittedPretreatment pretreatment,
        int pretreatedCount,
        int[] variables,
        IFittedModel model,
        ScoreModel scores,
        ConformalInterval? interval)
    {
        Description = description;
        Axis = axis;
        _pretreatment = pretreatment;
        _pretreatedCount = pretreatedCount;
        _variables = variables;
        _model = model;
        Scores = scores;
        _interval = interval;
        _judgement = new Judgement(
            scores.Limits, description.ResponseMin ?? double.NegativeInfinity, description.ResponseMax ?? double.PositiveInfinity);
    }

    /// <summary>Texts and single numbers.</summary>
    public ModelDescription Description { get; }

    /// <summary>The axis of the spectra as measured.</summary>
    public SpectralAxis Axis { get; }

    /// <summary>The space in which spectra are judged.</summary>
    public ScoreModel Scores { get; }

    /// <summary>The classes that are told apart; empty for a model of numbers.</summary>
    public ImmutableArray<string> Classes => Description.Classes ?? [];

    /// <summary>Whether the model is a line through the chosen variables.</summary>
    public bool IsLine => Description.Intercept is not null;

    /// <summary>Every array of the model, by name.</summary>
    public ImmutableArray<NamedArray> Arrays =>
    [
        NamedArray.Of(PositionsName, [.. Axis.Positions]),
        NamedArray.Of(VariablesName, [.. _variables.Select(j => (double)j)]),
        .. ModelArrays(),
        .. _interval is { } interval ? ImmutableArray.Create(NamedArray.Of(ResidualsName, interval.Residuals.ToArray())) : [],
        .. Scores.Arrays,
        .. _pretreatment.Learnt,
    ];

    /// <summary>Refits a candidate on all samples and takes down what predicting needs.</summary>
    /// <param name="row">The candidate's row.</param>
    /// <param name="samples">The calibration samples.</param>
    /// <param name="outOfFold">Its predictions of each sample, q side by side, by models that had not seen it.</param>
    /// <param name="study">The study, for provenance.</param>
    /// <param name="program">The version of the program, for provenance.</param>
    /// <exception cref="StageException">The model cannot be fitted on all samples.</exception>
    public static SavedModel Of(
        LeaderboardRow row, CalibrationSet samples, ReadOnlySpan<double> outOfFold, Study study, string program) =>
        Of(row, samples, outOfFold, study, program, CandidateRefit.Of(row.Candidate, samples));

    /// <summary>Takes down what predicting needs of a candidate that was refitted on all samples.</summary>
    public static SavedModel Of(
        LeaderboardRow row, CalibrationSet samples, ReadOnlySpan<double> outOfFold, Study study, string program, CandidateRefit refit)
    {
        ArgumentNullException.ThrowIfNull(refit);
        var yHat = new Matrix(samples.Manifest.SampleCount, refit.Fitted.Model.ResponseCount, refit.Predictions);
        return Of(row, samples, outOfFold, study, program, refit.Fitted, refit.Scores, yHat);
    }

    /// <summary>Takes down what predicting needs of a candidate that was refitted while its spectra stay on the disk.</summary>
    public static SavedModel Of(
        LeaderboardRow row, CalibrationSet samples, ReadOnlySpan<double> outOfFold, Study study, string program, DiskRefit refit)
    {
        ArgumentNullException.ThrowIfNull(refit);
        return Of(row, samples, outOfFold, study, program, refit.Fitted, refit.Scores, yHat: null, refit.Calibration.Rmse);
    }

    /// <summary>The interval from the samples that were held out: of time-ordered folds the first block never is.</summary>
    private static ConformalInterval? IntervalOf(CalibrationSet samples, ReadOnlySpan<double> outOfFold)
    {
        double[] all = outOfFold.ToArray();
        int[] heldOut = [.. Enumerable.Range(0, all.Length).Where(i => !double.IsNaN(all[i]))];
        return ConformalInterval.Of(
            heldOut.Select(i => samples.Y[i, 0]).ToArray(), heldOut.Select(i => all[i]).ToArray(), samples.Manifest.Groups.Of(heldOut));
    }

    private static SavedModel Of(
        LeaderboardRow row,
        CalibrationSet samples,
        ReadOnlySpan<double> outOfFold,
        Study study,
        string program,
        FittedCandidate fitted,
        ScoreModel scores,
        Matrix? yHat,
        double rmsec = double.NaN)
    {
        Candidate candidate = row.Candidate;
        ImmutableArray<string> classes = samples.Manifest.Classes;
        bool isOfClasses = !classes.IsEmpty;
        ConformalInterval? interval = isOfClasses ? null : IntervalOf(samples, outOfFold);
        double[] y = samples.Y.Values.ToArray();
        rmsec = isOfClasses || yHat is null ? rmsec : RegressionMetrics.Of(y, yHat.Values).Rmse;
        ClassMetrics? held = row.Classes?.Pooled;
        var description = new ModelDescription
        {
            Response = samples.Manifest.Response,
            Classes = isOfClasses ? classes : null,
            ResponseMin = isOfClasses ? null : y.Min(),
            ResponseMax = isOfClasses ? null : y.Max(),
            AxisUnit = UnitText(samples.Manifest.Axis.Unit),
            Pretreatment = candidate.Chain.Notation,
            PretreatmentVersion = candidate.Chain.Version,
            Subset = candidate.Subset.Notation,
            Variables = row.Variables,
            Model = candidate.Family.Name,
            Setting = candidate.SettingText,
            Intercept = (fitted.Model as ILinearModel)?.Intercept,
            SampleCount = samples.Manifest.SampleCount,
            GroupCount = samples.Manifest.GroupCount,
            Rmsec = isOfClasses ? null : rmsec,
            Rmsecv = isOfClasses ? null : row.Metrics.Rmse,
            BalancedAccuracyOfCalibration = isOfClasses
                ? ClassMetrics.Of(RowOrder.ClassesOf(samples.Y), yHat!.Values, classes.Length).BalancedAccuracy
                : null,
            BalancedAccuracy = held?.BalancedAccuracy,
            Accuracy = held?.Accuracy,
            LogLoss = held?.LogLoss,
            Alpha = ConformalInterval.AlphaDefault,
            HalfWidth = interval is null ? null : Finite(interval.HalfWidth(ConformalInterval.AlphaDefault)),
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
            fitted.Model,
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
                    string.Create(CultureInfo.InvariantCulture, $"its chosen variable {j + 1} is {places[j]}, expected rising whole "
                        + $"numbers below {pretreated}"));
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
            RestoreModel(description, arrays, variables.Length),
            scores,
            description.Classes is null ? new ConformalInterval(SavedNumbers.Any(arrays, ResidualsName).Values) : null);
    }

    /// <summary>The half-width of the interval for a share α of samples outside; +∞ where the calibration cannot tell, NaN for classes.</summary>
    public double HalfWidth(double alpha) => _interval?.HalfWidth(alpha) ?? double.NaN;

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
            var yHat = new Matrix(count, _model.ResponseCount);
            _model.Predict(seen.View, yHat.Span);
            ScoreDistance[] distances = Scores.Distances(seen.View);
            for (int i = 0; i < count; i++)
            {
                rows.Add(Classes.IsEmpty ? Number(ids[start + i], yHat[i, 0], half, distances[i]) : ClassOf(ids[start + i], yHat.Row(i), distances[i]));
            }
        }

        return rows.MoveToImmutable();
    }

    private PredictionRow Number(string id, double value, double half, ScoreDistance distance)
    {
        ImmutableArray<Reason> reasons = _judgement.Reasons(value, distance);
        return new PredictionRow(id, value, value - half, value + half, distance, Gravest(reasons), reasons);
    }

    private PredictionRow ClassOf(string id, ReadOnlySpan<double> probabilities, ScoreDistance distance)
    {
        int likeliest = ConfusionMatrix.Likeliest(probabilities);
        bool isNumber = !probabilities.ContainsAnyExceptInRange(0.0, 1.0);
        ImmutableArray<Reason> reasons = _judgement.Reasons(isNumber ? probabilities[likeliest] : double.NaN, distance);
        return new PredictionRow(id, likeliest, double.NaN, double.NaN, distance, Gravest(reasons), reasons)
        {
            Class = Classes[likeliest],
            Probabilities = [.. probabilities],
        };
    }

    private static Verdict Gravest(ImmutableArray<Reason> reasons) => reasons.Select(reason => reason.Flag).DefaultIfEmpty(Verdict.Ok).Max();

    private IEnumerable<NamedArray> ModelArrays() => IsLine
        ? [NamedArray.Of(CoefficientsName, ((ILinearModel)_model).Coefficients.ToArray())]
        : _model.Learnt.Select(array => new NamedArray(ModelPrefix + array.Name, array.Values));

    private static IFittedModel RestoreModel(ModelDescription description, ImmutableArray<NamedArray> arrays, int variables)
    {
        if (description.Intercept is { } intercept)
        {
            return new FittedLine(SavedNumbers.Of(arrays, CoefficientsName, variables), intercept);
        }

        if (Catalog.Families.FirstOrDefault(entry => entry.Name == description.Model) is not { } entry)
        {
            throw Damaged($"its family '{description.Model}' is not known to this program", "Predict with the program that made it, or search again");
        }

        ImmutableArray<NamedArray> learnt =
        [
            .. arrays.Where(array => array.Name.StartsWith(ModelPrefix, StringComparison.Ordinal))
                .Select(array => new NamedArray(array.Name[ModelPrefix.Length..], array.Values)),
        ];
        IFittedModel model = Catalog.ParseFamily(entry.Example).Restore(learnt, variables);
        int outputs = Math.Max(1, description.Classes?.Length ?? 1);
        return model.VariableCount == variables && model.ResponseCount == outputs
            ? model
            : throw Damaged($"its model predicts {model.ResponseCount} values from {model.VariableCount} variables, expected {outputs} from {variables}");
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

        if (!double.IsFinite((description.Intercept ?? 0) + (description.ResponseMin ?? 0) + (description.ResponseMax ?? 0)))
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

        if (description.Classes is { } classes && (classes.IsDefault || classes.Length < 2))
        {
            throw Damaged("it names fewer than 2 classes");
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
