using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

/// <summary>What a unit reserves is at least what it holds, measured on the live heap at every fit.</summary>
[Collection("measures the heap")]
public class UnitMemoryTests
{
    private const int AttemptsMax = 5;

    /// <summary>How many times what it holds a unit may reserve: on one thread it holds what belongs to one visit, and reserves for eight.</summary>
    private const int FactorMax = 5;
    private const int LooksMin = 20;

    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "raw", "ridge", "top(20)", "random(2)" },
        { "msc + autoscale", "pls(10)", "full", "random(5)" },
        { "snv + msc", "ridge(1e-3, 1e-4, 1e-5)", "regions(100,50;2)", "random(3)" },
        { "raw", "pls(5)", "top(10)", "random(60)" },
        { "raw", "ridge", "full", "given(fold)" },
        { "raw", "pls(5)", "top(10)", "random(5)" },
        { "snv", "ridge(1e-3, 1e-4)", "regions(100,50;2)", "random(10)" },
        { "raw", "svr(1, 10; gamma 0.1; epsilon 0.1)", "full", "random(5)" },
        { "raw", "localpls(5; 40)", "full", "random(5)" },
        { "raw", "ridge", "top(20)", "random(10)" },
        { "centre", "pls(5)", "top(10)", "random(10)" },
        { "msc", "pcr(10)", "full", "random(5)" },
        { "msc", "krr(2; 1e-3)", "full", "random(5)" },
        { "msc", "lasso", "full", "random(5)" },
        { "msc", "forest(20)", "full", "random(5)" },
        { "msc", "boost(10)", "full", "random(5)" },
        { "msc", "mlp(8; 1e-2; lbfgs)", "full", "random(5)" },
        { "msc", "localpls(5; 40)", "full", "random(5)" },
    };

    public static int[] Threads => [1, 8];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Estimate_AnyUnit_BoundsTheLiveHeap(string chain, string model, string subset, string folds)
    {
        Study study = FlowHarness.SmallStudy with { Pretreatments = [chain], Models = [model], Subsets = [subset], Folds = folds };
        CalibrationSet samples = StudyBinding.Bind(study with { Folds = "random(2)" }, TestChunks.Make(n: 240, p: 300, seed: 5)).Set;

        // One fold of 10 % and one of 90 %: the largest calibration set is far from n - n / K.
        ImmutableArray<string> labels = [.. Enumerable.Range(0, 240).Select(i => i % 10 == 0 ? "small" : "large")];
        StudyPlan plan = StudyPlanner.Plan(study, samples.Manifest with { FoldLabels = labels }, Limits.Default);
        CalibrationUnit unit = Assert.Single(plan.Units.Values);

        // Threads that ended other tests may still let go what they kept for themselves, which lowers what is seen, so the most of a few
        // attempts counts.
        long reserved = unit.Work.Estimate.PeakBytes;
        foreach (int threads in Threads)
        {
            long held = 0;
            for (int attempt = 0; attempt < AttemptsMax && reserved > FactorMax * held; attempt++)
            {
                held = Math.Max(held, PeakBytes(unit, plan, samples, threads));
                Assert.True(held <= reserved, $"held {held} bytes on {threads} threads, reserved {reserved}");
            }

            Assert.True(reserved <= FactorMax * held, $"held {held} bytes on {threads} threads, reserved {reserved}");
        }
    }

    /// <summary>
    /// Aim: a null reserves what it holds, also where its inner searches choose variables from moments. Method: the live heap after every
    /// fit while shuffles are answered, folds one by one and side by side; the full spectrum, whose shuffles share one computation, is watched by another
    /// thread. Spectra are there before.
    /// </summary>
    [Theory]
    [InlineData("pls(6)", "full")]
    [InlineData("pls(6)", "top(8)")]
    [InlineData("ridge(1e-3, 1e-4)", "regions(100,50;2)")]
    public void Estimate_Null_BoundsTheLiveHeap(string model, string subset)
    {
        SpectralChunk chunk = TestChunks.Make(n: 240, p: 160, seed: 6);
        var folds = new Folds([.. Enumerable.Range(0, 240).Select(i => i % 5)], 5);
        var y = new Matrix(240, 1, [.. chunk.Responses[0].Values]);
        var orders = new PermutedOrders([.. chunk.Ids], new FingerprintBuilder("test", 1).ToFingerprint());
        ICandidateFamily inner = Catalog.ParseFamily(model);
        var family = new NullFamily(inner, orders, 4);
        ISubset chosen = Catalog.ParseSubset(subset);
        Assert.Equal(subset != "full", family.IsFromMoments(folds, 160, chosen, autoscales: false));
        long reserved = family.Estimate(chunk.Axis, folds, [chosen], family.Settings, 1).PeakBytes;
        foreach (int threads in Threads)
        {
            var data = new FoldedSpectra(chunk.X, y, chunk.Axis, folds, inFold: null, Runners.Threads(threads));
            long held = 0;
            for (int attempt = 0; attempt < AttemptsMax && reserved > FactorMax * held; attempt++)
            {
                held = Math.Max(held, chosen is FullSpectrum ? LiveHeap.PeakOf(() => Answer(family, data), LooksMin) : Probed(data));
                Assert.True(held <= reserved, $"held {held} bytes on {threads} threads, reserved {reserved}");
            }

            Assert.True(reserved <= FactorMax * held, $"held {held} bytes on {threads} threads, reserved {reserved}");
        }

        long Probed(FoldedSpectra data)
        {
            var probe = new ProbingLines((IMomentsFamily)inner, LiveHeap.BytesWithoutPool());
            Answer(new NullFamily(probe, orders, 4), data);
            return probe.PeakBytes;
        }

        void Answer(NullFamily one, FoldedSpectra data) => one.CrossValidate(
            data, [chosen], one.Settings, new CellTable(folds, 1, one.Settings.Length), CancellationToken.None);
    }

    /// <summary>
    /// Aim: families that answer all folds at once reserve what the folds hold side by side. Method: another thread watches the live heap
    /// while they are answered, again and again.
    /// </summary>
    [Theory]
    [InlineData("lasso", 120, 260, 5)]
    [InlineData("lasso", 400, 120, 5)]
    [InlineData("enet(mixing 0.5)", 120, 260, 12)]
    [InlineData("ols", 400, 120, 10)]
    [InlineData("pls(6)", 310, 60, 31)]
    [InlineData("pcr(6)", 120, 260, 5)]
    [InlineData("ridge", 400, 120, 5)]
    public void Estimate_FoldsSideBySide_BoundsTheLiveHeap(string model, int n, int p, int folds)
    {
        SpectralChunk chunk = TestChunks.Make(n: n, p: p, seed: 7);
        var divided = new Folds([.. Enumerable.Range(0, n).Select(i => i % folds)], folds);
        var data = new FoldedSpectra(
            chunk.X, new Matrix(n, 1, [.. chunk.Responses[0].Values]), chunk.Axis, divided, inFold: null, Runners.Threads(4));
        ICandidateFamily family = Catalog.ParseFamily(model);
        ImmutableArray<ISubset> all = [Catalog.ParseSubset("full")];
        long reserved = family.Estimate(chunk.Axis, divided, all, family.Settings, 1).PeakBytes;
        long held = LiveHeap.PeakOf(
            () => family.CrossValidate(data, all, family.Settings, new CellTable(divided, 1, family.Settings.Length), CancellationToken.None),
            LooksMin);
        Assert.True(held <= reserved, $"held {held} bytes, reserved {reserved}");
    }

    private static long PeakBytes(CalibrationUnit unit, StudyPlan plan, CalibrationSet samples, int threads)
    {
        long before = LiveHeap.BytesWithoutPool();
        var axis = unit.Chain.SampleWisePrefix.OutputAxis(samples.Manifest.Axis);
        var treated = new Matrix(samples.X.Rows, axis.Count);
        unit.Chain.SampleWisePrefix.Fit(samples.X.View, samples.Y.View, samples.Manifest.Axis).Apply(samples.X.View, treated.Span);
        var cells = new CellTable(plan.Folds, unit.Subsets.Length, unit.Settings.Length);
        ProbingFamily probe = unit.Family is IMomentsFamily lines ? new ProbingLines(lines, before) : new ProbingFamily(unit.Family, before);
        ((ICandidateFamily)probe).CrossValidate(
            new FoldedSpectra(treated, samples.Y, axis, plan.Folds, unit.Chain.FittedRest, Runners.Threads(threads)),
            unit.Subsets,
            unit.Settings,
            cells,
            CancellationToken.None);
        return probe.PeakBytes;
    }

    /// <summary>A family that looks at the live heap after every fit.</summary>
    private class ProbingFamily(ICandidateFamily inner, long before) : ICandidateFamily
    {
        private readonly Lock _gate = new();

        public long PeakBytes { get; private set; }

        public string Name => inner.Name;

        public int Version => inner.Version;

        public ImmutableArray<ModelSetting> Settings => inner.Settings;

        public string Describe(ModelSetting setting) => inner.Describe(setting);

        public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) => inner.SettingsFor(calibrationSamples, variables);

        public IModel Model(ModelSetting setting) => inner.Model(setting);

        public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs) =>
            inner.EstimateFit(calibrationSamples, heldOutSamples, variables, settings, outputs);

        public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
        {
            ISettingPath path = inner.FitPath(x, y, settings);
            Look();
            GC.KeepAlive(path);
            return path;
        }

        protected void Look()
        {
            long held = LiveHeap.Bytes() - before;
            lock (_gate)
            {
                PeakBytes = Math.Max(PeakBytes, held);
            }
        }
    }

    /// <summary>The same of a family of moments.</summary>
    private sealed class ProbingLines(IMomentsFamily inner, long before) : ProbingFamily(inner, before), IMomentsFamily
    {
        public LinearFits FitMoments(Moments calibration, ImmutableArray<ModelSetting> settings) => inner.FitMoments(calibration, settings);

        public ISettingPath? FitPath(Moments calibration, ImmutableArray<ModelSetting> settings)
        {
            ISettingPath? path = inner.FitPath(calibration, settings);
            Look();
            GC.KeepAlive(path);
            return path;
        }

        public long FitMomentsBytes(int variables, int settings) => inner.FitMomentsBytes(variables, settings);
    }
}

/// <summary>Tests that measure the heap run alone.</summary>
[CollectionDefinition("measures the heap", DisableParallelization = true)]
public sealed class MeasuresTheHeap;
