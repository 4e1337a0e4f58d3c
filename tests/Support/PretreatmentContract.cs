using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Xunit;

namespace Pipeline.Support;

/// <summary>What every pretreatment must keep, whatever it computes.</summary>
public static class PretreatmentContract
{
    /// <summary>The clauses by name, each a check of one specification.</summary>
    public static ImmutableSortedDictionary<string, Action<IPretreatment>> Clauses { get; } =
        new Dictionary<string, Action<IPretreatment>>
        {
            [nameof(SourceStaysUnchanged)] = SourceStaysUnchanged,
            [nameof(WidthIsAsAnnounced)] = WidthIsAsAnnounced,
            [nameof(WrongWidthIsRefused)] = WrongWidthIsRefused,
            [nameof(SampleWiseIsDeclaredTruthfully)] = SampleWiseIsDeclaredTruthfully,
            [nameof(FitIsRepeatable)] = FitIsRepeatable,
            [nameof(HeldOutRowsLeaveNoTrace)] = HeldOutRowsLeaveNoTrace,
            [nameof(SubsetOfRowsHasTheSameBits)] = SubsetOfRowsHasTheSameBits,
            [nameof(FittedKeepsNoReferenceToSpectra)] = FittedKeepsNoReferenceToSpectra,
            [nameof(OneSampleGivesFiniteValuesOrAnExplanation)] = OneSampleGivesFiniteValuesOrAnExplanation,
            [nameof(RestoredGivesTheSameBits)] = RestoredGivesTheSameBits,
            [nameof(FlatSpectraGiveFiniteValuesOrAnExplanation)] = FlatSpectraGiveFiniteValuesOrAnExplanation,
            [nameof(OneVariableWorksOrIsExplained)] = OneVariableWorksOrIsExplained,
            [nameof(MissingValueIsNotHidden)] = MissingValueIsNotHidden,
            [nameof(StridedRowsGiveTheSameBits)] = StridedRowsGiveTheSameBits,
            [nameof(NotationParsesBackToAnEqualOne)] = NotationParsesBackToAnEqualOne,
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Neither Fit nor Apply writes into its source.</summary>
    public static void SourceStaysUnchanged(IPretreatment specification)
    {
        Case data = Case.Of(7, 43);
        Matrix before = data.X.View.ToMatrix();
        Apply(specification.Fit(data.X.View, data.Y.View, data.Axis), data.X, specification.OutputAxis(data.Axis).Count);
        Tolerance.AssertSameBits(before.Values, data.X.Values, "The source");
    }

    /// <summary>The result fills exactly as many variables as the output axis has.</summary>
    public static void WidthIsAsAnnounced(IPretreatment specification)
    {
        Case data = Case.Of(5, 41);
        int width = specification.OutputAxis(data.Axis).Count;
        var guarded = new Matrix(5, width + 3);
        guarded.Values.Fill(12345.5);
        specification.Fit(data.X.View, data.Y.View, data.Axis)
            .Apply(data.X.View, new MatrixSpan(guarded.Values, 5, width, width + 3));
        for (int i = 0; i < 5; i++)
        {
            Assert.DoesNotContain(12345.5, guarded.Row(i)[..width].ToArray());
            Assert.All(guarded.Row(i)[width..].ToArray(), value => Assert.Equal(12345.5, value));
        }
    }

    /// <summary>A target of another width than announced is refused before anything is written beside it.</summary>
    public static void WrongWidthIsRefused(IPretreatment specification)
    {
        Case data = Case.Of(3, 40);
        var narrow = new Matrix(3, specification.OutputAxis(data.Axis).Count - 1);
        IFittedPretreatment fitted = specification.Fit(data.X.View, data.Y.View, data.Axis);
        Assert.ThrowsAny<ArgumentException>(() => fitted.Apply(data.X.View, narrow.Span));
    }

    /// <summary>A row's result depends on other calibration rows exactly if the pretreatment is not sample-wise.</summary>
    public static void SampleWiseIsDeclaredTruthfully(IPretreatment specification)
    {
        Case data = Case.Of(8, 37);
        Matrix before = FitApply(specification, data);
        Case altered = data.With(row: 5, value => (value * value) + 1);
        Matrix after = FitApply(specification, altered);
        Assert.Equal(specification.IsSampleWise, before.Row(0).SequenceEqual(after.Row(0)));
    }

    /// <summary>Fitting twice gives the same bits.</summary>
    public static void FitIsRepeatable(IPretreatment specification)
    {
        Case data = Case.Of(6, 50);
        Tolerance.AssertSameBits(FitApply(specification, data).Values, FitApply(specification, data).Values, "The second fit");
    }

    /// <summary>Altering rows that were not fitted on changes no bit of the others.</summary>
    public static void HeldOutRowsLeaveNoTrace(IPretreatment specification)
    {
        Case data = Case.Of(9, 39);
        Case altered = data.With(row: 8, value => -value * 1e6);
        Matrix[] results = new Matrix[2];
        for (int variant = 0; variant < 2; variant++)
        {
            Case current = variant == 0 ? data : altered;
            IFittedPretreatment fitted = specification.Fit(current.X.View.RowBand(0, 6), current.Y.View.RowBand(0, 6), data.Axis);
            results[variant] = Apply(fitted, current.X, specification.OutputAxis(data.Axis).Count);
        }

        for (int i = 0; i < 8; i++)
        {
            Tolerance.AssertSameBits(results[0].Row(i), results[1].Row(i), $"Row {i}");
        }
    }

    /// <summary>Treating some rows gives those rows of the whole result.</summary>
    public static void SubsetOfRowsHasTheSameBits(IPretreatment specification)
    {
        Case data = Case.Of(11, 67);
        int width = specification.OutputAxis(data.Axis).Count;
        IFittedPretreatment fitted = specification.Fit(data.X.View, data.Y.View, data.Axis);
        Matrix whole = Apply(fitted, data.X, width);
        var part = new Matrix(4, width);
        fitted.Apply(data.X.View.RowBand(3, 4), part.Span);
        Tolerance.AssertSameBits(whole.Values.Slice(3 * width, 4 * width), part.Values, "Rows 3 to 6");
    }

    /// <summary>Overwriting the calibration spectra after the fit changes nothing.</summary>
    public static void FittedKeepsNoReferenceToSpectra(IPretreatment specification)
    {
        Case data = Case.Of(6, 31);
        int width = specification.OutputAxis(data.Axis).Count;
        Matrix other = Case.Of(6, 31, seed: 9).X;
        IFittedPretreatment fitted = specification.Fit(data.X.View, data.Y.View, data.Axis);
        Matrix before = Apply(fitted, other, width);
        data.X.Values.Clear();
        data.Y.Values.Clear();
        Tolerance.AssertSameBits(before.Values, Apply(fitted, other, width).Values, "The result");
    }

    /// <summary>One calibration sample gives numbers, or a failure that a chemist can read where replicates are needed.</summary>
    public static void OneSampleGivesFiniteValuesOrAnExplanation(IPretreatment specification) =>
        AssertWorksOrIsExplained(specification, Case.Of(1, 33));

    /// <summary>What was learnt, saved and restored, treats other spectra to the same bits.</summary>
    public static void RestoredGivesTheSameBits(IPretreatment specification)
    {
        Case data = Case.Of(7, 47);
        Matrix other = Case.Of(4, 47, seed: 5).X;
        int width = specification.OutputAxis(data.Axis).Count;
        IFittedPretreatment fitted = specification.Fit(data.X.View, data.Y.View, data.Axis);
        IFittedPretreatment restored = specification.Restore(fitted.Learnt, data.Axis);
        Tolerance.AssertSameBits(Apply(fitted, other, width).Values, Apply(restored, other, width).Values, "Restored");
        Assert.Equal(specification.IsSampleWise, fitted.Learnt.IsEmpty);
    }

    /// <summary>Spectra without variance give numbers, or a failure that a chemist can read.</summary>
    public static void FlatSpectraGiveFiniteValuesOrAnExplanation(IPretreatment specification)
    {
        Case data = Case.Of(4, 33);
        data.X.Values.Fill(0.1);
        AssertWorksOrIsExplained(specification, data);
    }

    /// <summary>One variable gives numbers, or a failure that a chemist can read.</summary>
    public static void OneVariableWorksOrIsExplained(IPretreatment specification) =>
        AssertWorksOrIsExplained(specification, Case.Of(5, 1));

    /// <summary>
    /// A value that is no number stays one in its row and touches no other: readers refuse such values, and a model must see
    /// one that steps before have made.
    /// </summary>
    public static void MissingValueIsNotHidden(IPretreatment specification)
    {
        foreach (double missing in (double[])[double.NaN, double.PositiveInfinity])
        {
            Case data = Case.Of(6, 43);
            int width = specification.OutputAxis(data.Axis).Count;
            IFittedPretreatment fitted = specification.Fit(data.X.View, data.Y.View, data.Axis);
            Matrix before = Apply(fitted, data.X, width);
            data.X[2, 21] = missing;
            try
            {
                Matrix after = Apply(fitted, data.X, width);
                Assert.Contains(after.Row(2).ToArray(), value => !double.IsFinite(value));
                Tolerance.AssertSameBits(before.Row(1), after.Row(1), "The row before");
                Tolerance.AssertSameBits(before.Row(3), after.Row(3), "The row after");
            }
            catch (StageException refusal)
            {
                Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Rows that are a stride apart give the same bits as rows without a gap.</summary>
    public static void StridedRowsGiveTheSameBits(IPretreatment specification)
    {
        Case data = Case.Of(5, 45);
        var wide = new Matrix(5, 52);
        for (int i = 0; i < 5; i++)
        {
            data.X.Row(i).CopyTo(wide.Row(i));
        }

        var strided = new MatrixView(wide.Values, 5, 45, 52);
        var target = new Matrix(5, specification.OutputAxis(data.Axis).Count);
        specification.Fit(strided, data.Y.View, data.Axis).Apply(strided, target.Span);
        Tolerance.AssertSameBits(FitApply(specification, data).Values, target.Values, "Strided rows");
    }

    /// <summary>The notation reads back to an equal specification with the same notation.</summary>
    public static void NotationParsesBackToAnEqualOne(IPretreatment specification)
    {
        PretreatmentChain parsed = PretreatmentChain.Parse(specification.Notation);
        Assert.Equal(new PretreatmentChain(specification), parsed);
        Assert.Equal(specification.Notation, parsed.Notation);
        Assert.Equal(specification.IsSampleWise, parsed.IsSampleWise);
    }

    private static void AssertWorksOrIsExplained(IPretreatment specification, Case data)
    {
        StageException? refusal = null;
        try
        {
            AssertFinite(FitApply(specification, data));
        }
        catch (StageException exception)
        {
            refusal = exception;
        }

        if (refusal is not null)
        {
            Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
            Assert.Matches("(Use|Check|Add|Leave|Name)", refusal.Message);
        }
    }

    private static void AssertFinite(Matrix matrix) =>
        Assert.All(matrix.Values.ToArray(), value => Assert.True(double.IsFinite(value)));

    private static Matrix FitApply(IPretreatment specification, Case data)
    {
        int width = specification.OutputAxis(data.Axis).Count;
        return Apply(specification.Fit(data.X.View, data.Y.View, data.Axis), data.X, width);
    }

    private static Matrix Apply(IFittedPretreatment fitted, Matrix x, int width)
    {
        var target = new Matrix(x.Rows, width);
        fitted.Apply(x.View, target.Span);
        return target;
    }

    /// <summary>Smooth random spectra on 350 to 2500 nm with responses of which every other one is equal, as those of replicates are.</summary>
    private sealed record Case(Matrix X, Matrix Y, SpectralAxis Axis)
    {
        public static Case Of(int n, int p, ulong seed = 1)
        {
            var random = new Pcg64(seed);
            var x = new Matrix(n, p);
            var y = new Matrix(n, 1);
            for (int i = 0; i < n; i++)
            {
                double level = 1 + random.NextDouble();
                double slope = random.NextDouble();
                y[i, 0] = 1 + (0.5 * (i % 2));
                for (int j = 0; j < p; j++)
                {
                    double t = (j + 0.5) / p;
                    x[i, j] = level + (slope * t) + (t * t * (1 - t)) + (0.01 * random.NextDouble());
                }
            }

            return new Case(
                x, y, new SpectralAxis([.. Enumerable.Range(0, p).Select(j => 350 + (2150.0 * j / Math.Max(1, p - 1)))], AxisUnit.Nanometre));
        }

        public Case With(int row, Func<double, double> change)
        {
            Matrix x = X.View.ToMatrix();
            foreach (ref double value in x.Row(row))
            {
                value = change(value);
            }

            return this with { X = x };
        }
    }
}
