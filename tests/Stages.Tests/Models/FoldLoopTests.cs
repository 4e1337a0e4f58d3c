using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models;

public sealed class FoldLoopTests
{
    private static readonly ImmutableArray<ISubset> s_subsets =
        [new FullSpectrum(), new TopVariables(5), new BestRegions(6, 3, 1, combined: false), new BestRegions(6, 3, 2, combined: true)];

    /// <summary>
    /// Aim: chosen variables answered from submatrices of a fold's moments are those answered from its spectra. Method: the same family
    /// without its moments; the choices must be equal, predictions to 1e-9 deviations of the response.
    /// </summary>
    [Theory]
    [InlineData("pls(6)", 80, 24)]
    [InlineData("pls(12)", 40, 24)]
    [InlineData("ridge(1e-2, 1e-5, 1e-8)", 80, 24)]
    [InlineData("ridge", 40, 24)]
    [InlineData("pls(8)", 40, 60)]
    [InlineData("ridge(1e-2, 1e-5)", 40, 60)]
    public void Run_FromMoments_EqualsTheSpectra(string notation, int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 5, 1e-2, 191);
        ICandidateFamily family = Catalog.ParseFamily(notation);
        FoldedSpectra data = Folded(x, y, 5, Pieces.InOrder);
        Assert.True(FoldLoop.IsFromMoments(family, data.Folds, p, s_subsets, autoscales: false));
        CellTable expected = Run(new WithoutMoments(family), data);
        CellTable actual = Run(family, data);
        double deviation = Math.Sqrt(Moments.Of(x.View, y.View).YY[0, 0] / (n - 1));
        int compared = 0;
        for (int c = 0; c < expected.CandidateCount; c++)
        {
            for (int k = 0; k < 5; k++)
            {
                Assert.Equal(expected.FailureOf(c, k), actual.FailureOf(c, k));
            }

            Assert.Equal(expected.Selection(c).ToArray(), actual.Selection(c).ToArray());
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(expected.Predictions(c)[i], actual.Predictions(c)[i], 1e-9 * deviation);
                compared++;
            }
        }

        Assert.Equal(n * s_subsets.Length * family.Settings.Length, compared);
    }

    [Theory]
    [InlineData("pls(6)")]
    [InlineData("ridge(1e-2, 1e-5)")]
    public void Run_FromMoments_AnyRunnerGivesTheSameBits(string notation)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(80, 24, 5, 1e-2, 192);
        ICandidateFamily family = Catalog.ParseFamily(notation);
        CellTable first = Run(family, Folded(x, y, 5, Pieces.InOrder));
        foreach (PieceRunner runner in (PieceRunner[])[Runners.Backwards, Runners.Threads(2), Runners.Threads(8)])
        {
            CellTable other = Run(family, Folded(x, y, 5, runner));
            for (int c = 0; c < first.CandidateCount; c++)
            {
                Tolerance.AssertSameBits(first.Predictions(c), other.Predictions(c), $"candidate {c}");
                Assert.Equal(first.Selection(c).ToArray(), other.Selection(c).ToArray());
                Assert.Equal(first.TimesSelected(c).ToArray(), other.TimesSelected(c).ToArray());
            }
        }
    }

    /// <summary>
    /// Aim: regions that share a fold's correlations choose as each does alone, on that fold's rows. Method: the plain choice on the
    /// calibration rows of each fold, variable for variable, from spectra and from moments; the choices of the folds must differ.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_RegionsTogether_ChooseAsEachAlone(bool fromMoments)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(30, 24, 5, 1, 194);
        ICandidateFamily family = Catalog.ParseFamily("pls(3)");
        FoldedSpectra data = Folded(x, y, 5, Runners.Threads(2));
        CellTable cells = Run(fromMoments ? family : new WithoutMoments(family), data);
        int divided = 0;
        for (int s = 2; s < s_subsets.Length; s++)
        {
            int[] times = new int[x.Columns];
            for (int k = 0; k < 5; k++)
            {
                int[] calibration = data.Folds.Calibration(k);
                foreach (int j in s_subsets[s].Select(x.SelectRows(calibration).View, y.SelectRows(calibration).View, data.Axis, []))
                {
                    times[j]++;
                }
            }

            Assert.Equal(times, cells.TimesSelected(cells.IndexOf(s, 0)).ToArray());
            Assert.Equal(s_subsets[s].Select(x.View, y.View, data.Axis, []), cells.Selection(cells.IndexOf(s, 0)).ToArray());
            divided += times.Count(count => count is > 0 and < 5);
        }

        Assert.True(divided > 0);
    }

    /// <summary>The leak test where folds are answered from moments: samples outnumber variables, and some of these are chosen.</summary>
    [Theory]
    [InlineData("pls(6)")]
    [InlineData("ridge(1e-2, 1e-5)")]
    public void Run_FromMoments_SeesNothingHeldOut(string notation)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(60, 20, 5, 1e-2, 193);
        FamilyContract.SeesNothingHeldOut(Catalog.ParseFamily(notation), x, y, 4);
    }

    [Fact]
    public void IsFromMoments_FollowsFromShape()
    {
        ICandidateFamily pls = Catalog.ParseFamily("pls(3)");
        var folds = new Folds([.. Enumerable.Range(0, 100).Select(i => i % 5)], 5);
        var many = new Folds([.. Enumerable.Range(0, 100).Select(i => i % 50)], 50);
        Assert.True(FoldLoop.IsFromMoments(pls, folds, 40, s_subsets, autoscales: false));
        Assert.False(FoldLoop.IsFromMoments(pls, folds, 40, s_subsets, autoscales: true));
        Assert.False(FoldLoop.IsFromMoments(pls, folds, 40, [new FullSpectrum()], autoscales: false));
        Assert.False(FoldLoop.IsFromMoments(pls, folds, 161, s_subsets, autoscales: false));
        Assert.False(FoldLoop.IsFromMoments(pls, many, 40, s_subsets, autoscales: false));
        Assert.False(FoldLoop.IsFromMoments(Catalog.ParseFamily("lasso"), folds, 40, s_subsets, autoscales: false));
    }

    private static FoldedSpectra Folded(Matrix x, Matrix y, int folds, PieceRunner runner)
    {
        var axis = new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => (double)j)], AxisUnit.Channel);
        return new FoldedSpectra(x, y, axis, new Folds([.. Enumerable.Range(0, x.Rows).Select(i => i % folds)], folds), null, runner);
    }

    private static CellTable Run(ICandidateFamily family, FoldedSpectra data)
    {
        var cells = new CellTable(data.Folds, s_subsets.Length, family.Settings.Length);
        family.CrossValidate(data, s_subsets, family.Settings, cells, CancellationToken.None);
        return cells;
    }

    /// <summary>A family as if it knew nothing of moments.</summary>
    private sealed class WithoutMoments(ICandidateFamily family) : ICandidateFamily
    {
        public string Name => family.Name;

        public int Version => family.Version;

        public ImmutableArray<ModelSetting> Settings => family.Settings;

        public string Describe(ModelSetting setting) => family.Describe(setting);

        public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) => family.SettingsFor(calibrationSamples, variables);

        public IModel Model(ModelSetting setting) => family.Model(setting);

        public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs) =>
            family.EstimateFit(calibrationSamples, heldOutSamples, variables, settings, outputs);

        public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings) => family.FitPath(x, y, settings);
    }
}
