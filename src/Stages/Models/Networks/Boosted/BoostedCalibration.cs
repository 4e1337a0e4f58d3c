using Pipeline.Engine;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Models.Networks.Boosted;

/// <summary>A calibration set as all boosted models see it: who is learnt from, who judges, and the row space.</summary>
/// <remarks>
/// The split is scikit-learn's <c>train_test_split</c> with 15 % of the samples, rounded up; of classes, each has its share of them. The
/// row space depends on the spectra alone, so every network of every setting shares one decomposition. Immutable, safe for several
/// threads.
/// </remarks>
internal sealed class BoostedCalibration
{
    private readonly NeuralBoostedOptions _options;
    private readonly NetworkTargets _judged;
    private readonly NetworkTargets _learnt;

    private BoostedCalibration(NeuralBoostedOptions options, ScaledCalibration samples, int[] judges, int[] learners)
    {
        _options = options;
        Samples = samples;
        Validation = samples.X.SelectRows(judges);
        Inputs = NetworkInputs.Reduced(samples.X.SelectRows(learners).View);
        _judged = samples.Targets.Some(judges);
        _learnt = samples.Targets.Some(learners);
        Start = !samples.Targets.IsOfClasses ? [samples.Offset]
            : options.IsBalanced ? new double[samples.Targets.Values.Rows]
            : SeenClasses.ScoresOfShares(_learnt.Counts());
    }

    /// <summary>All samples.</summary>
    public ScaledCalibration Samples { get; }

    /// <summary>Spectra of the samples that judge.</summary>
    public Matrix Validation { get; }

    /// <summary>Spectra of the samples that are learnt from.</summary>
    public NetworkInputs Inputs { get; }

    /// <summary>What is predicted before the first network, for each output.</summary>
    public double[] Start { get; }

    /// <summary>Bytes held, and while they are made.</summary>
    public static long SizeBytes(long n, long p, int outputs = 1) =>
        ScaledCalibration.SizeBytes(n, p, outputs) + (2 * sizeof(double) * n * p) + NetworkInputs.SizeBytes(n, p) + (sizeof(double) * (4 + (8L * outputs)) * n);

    /// <summary>Takes n × p spectra and an n × 1 response, or n × C indicators, n at least 2.</summary>
    /// <exception cref="StageException">Too few samples, or a value is not a finite number.</exception>
    public static BoostedCalibration Of(MatrixView x, MatrixView y, ResponseKind kind, NeuralBoostedOptions options)
    {
        if (x.Rows < 2)
        {
            throw new StageException(
                FailureKind.InvalidData,
                "Boosted networks need at least 2 calibration samples, one to learn from and one to judge, found 1. Add samples.");
        }

        bool isStandardised = !options.IsOriginal;
        ScaledCalibration samples = kind == ResponseKind.Class
            ? ScaledCalibration.OfClasses(x, y, isStandardised, options.IsBalanced)
            : ScaledCalibration.Of(x, y, isStandardised);
        int judging = (int)Math.Ceiling(NeuralBoostedOptions.ValidationShare * x.Rows);
        (int[] judges, int[] learners) = samples.Targets.Split(new Mt19937(options.Seed).Permutation(x.Rows), judging);
        return judges.Length > 0
            ? new BoostedCalibration(options, samples, judges, learners)
            : throw new StageException(
                FailureKind.InvalidData,
                $"Boosted networks of classes need 2 calibration samples of some class, one to learn from and one to judge, found {x.Rows} of a class each. Add samples.");
    }

    /// <summary>What the samples that are learnt from are before the first network.</summary>
    public BoostedResidual Residual() => ResidualOf(_learnt);

    /// <summary>What the samples that judge are before the first network.</summary>
    public BoostedResidual Judgement() => ResidualOf(_judged);

    private BoostedResidual ResidualOf(NetworkTargets targets) =>
        targets.IsOfClasses ? new ClassResidual(targets, Start) : new NumberResidual(targets, _options.UsesHuber);
}
