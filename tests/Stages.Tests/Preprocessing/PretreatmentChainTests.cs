using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Preprocessing;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Preprocessing;

public sealed class PretreatmentChainTests
{
    private static readonly string[] Vocabulary =
    [
        "snv", "snv(0)", "sg(7,2,0)", "sg(7,2,1)", "sg(9,3,2)", "detrend(0)", "detrend(1)", "detrend(3)", "msc", "centre", "autoscale",
    ];

    /// <summary>Steps that random chains leave out, because some of them shorten the axis; pairs are all tried.</summary>
    private static readonly string[] MoreVocabulary =
    [
        "rnv(25)", "norm(area)", "norm(max)", "gap(1,3,1)", "gap(1,3,2)", "asls(100,0.05)", "arpls(100)", "continuum", "pareto",
        "crop(1110-1160 nm)", "crop(1120-1150 nm)", "splice(1120, 1150 nm)", "interpolate(1112-1148 nm; 3)",
    ];

    [Theory]
    [InlineData("raw", "raw", 0)]
    [InlineData("  snv ", "snv", 1)]
    [InlineData("SNV + SG( 15, 2 ,1 )", "snv + sg(15,2,1)", 2)]
    [InlineData("snv(1)", "snv", 1)]
    [InlineData("snv(0)+raw+detrend", "snv(0) + detrend(2)", 2)]
    [InlineData("msc+sg(5;2;0)", "msc + sg(5,2,0)", 2)]
    [InlineData("rnv + asls + arpls + emsc + osc + epo + glsw", "rnv(25) + asls(100000,0.01) + arpls(100000) + emsc(2) + osc(1) + epo(1) + glsw(0.01)", 7)]
    [InlineData("gap(5,3) + asls(1e4)", "gap(5,3,1) + asls(10000,0.01)", 2)]
    [InlineData("Absorbance(Percent) + km + norm(Area)", "absorbance(percent) + km + norm(area)", 3)]
    [InlineData("crop(2400 - 1100nm)", "crop(1100-2400 nm)", 1)]
    [InlineData("splice(1830, 1000 nm)", "splice(1000, 1830 nm)", 1)]
    [InlineData("interpolate(4000-10000 cm-1; 8; cubic)", "interpolate(4000-10000 cm⁻¹; 8; cubic)", 1)]
    public void Parse_CorrectText_GivesCanonicalNotation(string text, string notation, int steps)
    {
        PretreatmentChain chain = PretreatmentChain.Parse(text);
        Assert.Equal(notation, chain.Notation);
        Assert.Equal(steps, chain.Steps.Length);
        Assert.Equal(chain, PretreatmentChain.Parse(chain.Notation));
        Assert.Equal(1, chain.Version);
    }

    [Theory]
    [InlineData("", "character 1", "expected a pretreatment, found nothing", "Example: snv + sg(15,2,1)")]
    [InlineData("snv +", "character 6", "found nothing", "Example: snv + sg(15,2,1)")]
    [InlineData("snv + , sg(5,2,1)", "character 7", "found ', sg(5,2,1)'", "Example")]
    [InlineData("snv + sgg(15,2,1)", "character 7", "no pretreatment is called 'sgg', the nearest name is 'sg'", "Example: sg(15,2,1)")]
    [InlineData("detrned(2)", "character 1", "nearest name is 'detrend'", "Example: detrend(2)")]
    [InlineData("snv sg(15,2,1)", "character 5", "expected '+' or the end, found 'sg(15,2,1)'", "Example")]
    [InlineData("snv + sg(15,2,1", "character 9", "the parenthesis in 'sg(15,2,1' is not closed", "Example")]
    [InlineData("snv + sg(15,x,1)", "character 13", "expected a whole number as the degree of the polynomial, found 'x'", "Example: sg(15,2,1)")]
    [InlineData("sg(15,,1)", "character 7", "found nothing", "Example: sg(15,2,1)")]
    [InlineData("sg(15,2)", "character 1", "'sg' takes 3 arguments, found 2: '15,2'", "Example: sg(15,2,1)")]
    [InlineData("sg", "character 1", "'sg' takes 3 arguments, found none", "Example: sg(15,2,1)")]
    [InlineData("snv + sg(14,2,1)", "character 7", "odd number from 3 to 501, found 14", "Example: sg(15,2,1)")]
    [InlineData("sg(5,5,1)", "character 1", "in a window of 5", "degree from 0 to 4, found 5")]
    [InlineData("sg(5,1,2)", "character 1", "derivatives of order 0 to 1, found 2", "Example")]
    [InlineData("detrend(11)", "character 1", "degree 0 to 10, found 11", "Example: detrend(2)")]
    [InlineData("snv(2)", "character 1", "ddof 0 or 1, found 2", "'snv(0)' for 0")]
    [InlineData("rnv(0)", "character 1", "from 1 to 100, found 0", "Example: rnv(25)")]
    [InlineData("snv + gap(4,5,1)", "character 7", "the gap must be an odd number of variables from 1 on, found 4", "Example: gap(5,5,1)")]
    [InlineData("gap(5,5,3)", "character 1", "order 1 or 2, found 3", "Example: gap(5,5,1)")]
    [InlineData("gap(301,151,2)", "character 1", "501 variables wide, found 1055", "Example: gap(5,5,1)")]
    [InlineData("movmean(10)", "character 1", "odd number from 3 to 501, found 10", "Example: movmean(11)")]
    [InlineData("absorbance(%)", "character 1", "expected 'percent' or nothing, found '%'", "Example: absorbance(percent)")]
    [InlineData("norm(sum)", "character 1", "expected area, vector or max, found 'sum'", "Example: norm(vector)")]
    [InlineData("asls(0.5)", "character 1", "from 1 to 1e9, found 0.5", "Example: asls(100000,0.01)")]
    [InlineData("asls(1e5,0.7)", "character 1", "from 0.0001 to 0.5, found 0.7", "Example: asls(100000,0.01)")]
    [InlineData("crop(1100-1300)", "character 1", "the unit is missing", "Example: ")]
    [InlineData("crop(1100 nm)", "character 1", "found the single position 1100 nm", "Example: crop(1100-2400 nm)")]
    [InlineData("crop(1100-1300, 1500-1600 nm)", "character 1", "one range, found 2", "ranges(1100-1300, 1500-1600 nm)")]
    [InlineData("interpolate(1100-1300 nm; 0)", "character 1", "a step above 0 that leaves 2 to 100000 variables, found 0", "Example: interpolate(1100-2400 nm; 2)")]
    [InlineData("interpolate(1100-1300 nm; 2; spline)", "character 1", "expected 'cubic' or nothing, found 'spline'", "Example")]
    [InlineData("splice(1000-1100 nm)", "character 1", "found the range 1000-1100", "Example: splice(1000, 1830 nm)")]
    [InlineData("emsc(0)", "character 1", "degree 1 to 6, found 0, which is 'msc'", "Example: emsc(2)")]
    [InlineData("osc(21)", "character 1", "1 to 20 components, found 21", "Example: osc(1)")]
    [InlineData("epo(0)", "character 1", "1 to 20 directions, found 0", "Example: epo(1)")]
    [InlineData("glsw(0)", "character 1", "from 0.000001 to 1000, found 0", "Example: glsw(0.01)")]
    [InlineData("msc(1)", "character 1", "'msc' takes 0 arguments, found 1: '1'", "Example: msc")]
    public void Parse_WrongText_NamesPositionFindingAndRemedy(string text, string position, string finding, string remedy)
    {
        StageException error = Assert.Throws<StageException>(() => PretreatmentChain.Parse(text));
        Assert.Equal(FailureKind.InvalidRequest, error.Kind);
        Assert.StartsWith($"'{text}', {position}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(finding, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("raw", "raw", null)]
    [InlineData("snv + sg(7,2,1)", "snv + sg(7,2,1)", null)]
    [InlineData("msc + sg(7,2,1)", "raw", "msc + sg(7,2,1)")]
    [InlineData("snv + msc + sg(7,2,1) + centre", "snv", "msc + sg(7,2,1) + centre")]
    public void SampleWisePrefix_Chain_EndsBeforeTheFirstFittedStep(string text, string prefix, string? rest)
    {
        PretreatmentChain chain = PretreatmentChain.Parse(text);
        Assert.Equal(prefix, chain.SampleWisePrefix.Notation);
        Assert.Equal(rest, chain.FittedRest?.Notation);
        Assert.Equal(rest is null, chain.IsSampleWise);
    }

    [Fact]
    public void Constructor_ChainInChain_IsFlattened()
    {
        var inner = PretreatmentChain.Parse("snv + msc");
        var chain = new PretreatmentChain(inner, new MeanCentre());
        Assert.Equal("snv + msc + centre", chain.Notation);
        Assert.Equal(PretreatmentChain.Parse("snv + msc + centre"), chain);
    }

    [Fact]
    public void Fit_RandomChains_EqualStepsOneByOneAndHoistedPrefix()
    {
        // The chain against whole matrices step by step, and against prefix above the split with the rest below it.
        var random = new Pcg64(21);
        for (int round = 0; round < 150; round++)
        {
            PretreatmentChain chain = RandomChain(random);
            Matrix x = TestSpectra.Random(9, 21 + random.NextInt(40), seed: (ulong)round);
            Matrix calibration = x.View.RowBand(0, 6).ToMatrix();
            Matrix actual = TestSpectra.Treat(chain, calibration, x);

            Matrix expected = x;
            Matrix learnt = calibration;
            foreach (IPretreatment step in chain.Steps)
            {
                Matrix next = TestSpectra.Treat(step, learnt, expected);
                learnt = TestSpectra.Treat(step, learnt, learnt);
                expected = next;
            }

            Tolerance.AssertSameBits(expected.Values, actual.Values, chain.Notation);
            Matrix hoisted = TestSpectra.Treat(chain.SampleWisePrefix, x);
            if (chain.FittedRest is { } rest)
            {
                hoisted = TestSpectra.Treat(rest, hoisted.View.RowBand(0, 6).ToMatrix(), hoisted);
            }

            Tolerance.AssertSameBits(actual.Values, hoisted.Values, $"{chain.Notation}, hoisted");
        }
    }

    [Theory]
    [InlineData("raw + snv", "snv")]
    [InlineData("snv + snv(0)", "snv(0)")]
    [InlineData("detrend(0) + snv", "snv")]
    [InlineData("detrend(1) + detrend(3) + detrend(2)", "detrend(3)")]
    [InlineData("detrend(1) + sg(9,3,2)", "sg(9,3,2)")]
    [InlineData("detrend(2) + sg(9,3,2)", "detrend(2) + sg(9,3,2)")]
    [InlineData("detrend(2) + detrend(0) + snv", "detrend(2) + snv")]
    [InlineData("snv + detrend(0) + snv", "snv")]
    [InlineData("centre + centre", "centre")]
    [InlineData("centre + autoscale + centre + autoscale", "autoscale")]
    [InlineData("msc + snv", "msc + snv")]
    [InlineData("rnv(25) + snv", "rnv(25) + snv")]
    [InlineData("norm(max) + detrend(0) + snv", "snv")]
    [InlineData("detrend(2) + gap(1,3,2)", "detrend(2) + gap(1,3,2)")]
    [InlineData("crop(1110-1160 nm) + crop(1105-1150 nm)", "crop(1110-1160 nm) + crop(1105-1150 nm)")]
    [InlineData("epo(1) + epo(1)", "epo(1) + epo(1)")]
    [InlineData("sg(7,2,1) + sg(7,2,1)", "sg(7,2,1) + sg(7,2,1)")]
    public void Simplify_KnownChains_GivesTheShortest(string text, string simplified) =>
        Assert.Equal(simplified, PretreatmentChain.Parse(text).Simplify().Notation);

    [Fact]
    public void Simplify_EveryMergedPair_GivesTheSameNumbers()
    {
        // Each identity on random spectra and held-out rows: whatever Merge claims, the numbers must confirm.
        int merged = 0;
        string[] all = [.. Vocabulary, .. MoreVocabulary];
        foreach (string first in all)
        {
            foreach (string second in all)
            {
                var pair = PretreatmentChain.Parse($"{first} + {second}");
                if (pair.Simplify().Steps.Length < 2)
                {
                    merged++;
                    AssertSameNumbers(pair, seed: (ulong)merged);
                }
            }
        }

        Assert.Equal(22 + 33, merged);
    }

    [Fact]
    public void Simplify_RandomChains_GiveTheSameNumbersAndAreFixedPoints()
    {
        var random = new Pcg64(22);
        for (int round = 0; round < 200; round++)
        {
            PretreatmentChain chain = RandomChain(random);
            PretreatmentChain simplified = chain.Simplify();
            Assert.Equal(simplified, simplified.Simplify());
            AssertSameNumbers(chain, seed: (ulong)round);
        }
    }

    private static PretreatmentChain RandomChain(Pcg64 random) =>
        PretreatmentChain.Parse(string.Join(
            " + ", Enumerable.Range(0, 1 + random.NextInt(4)).Select(_ => Vocabulary[random.NextInt(Vocabulary.Length)])));

    private static void AssertSameNumbers(PretreatmentChain chain, ulong seed)
    {
        Matrix x = TestSpectra.Random(8, 40, seed);
        Matrix calibration = x.View.RowBand(0, 6).ToMatrix();
        Matrix expected = TestSpectra.Treat(chain, calibration, x);
        Matrix actual = TestSpectra.Treat(chain.Simplify(), calibration, x);

        // Uniform noise of deviation 0.3 around 2.5: each step keeps about 14 digits of what the next one sees.
        Tolerance.AssertClose(expected.View, actual.View, 1e-10, $"{chain.Notation} as {chain.Simplify().Notation}, seed {seed}");
    }
}
