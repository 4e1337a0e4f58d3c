using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Stages.Preprocessing.Baselines;
using Pipeline.Stages.Preprocessing.Projections;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Pretreatments as people write them.</summary>
internal static class PretreatmentNotation
{
    /// <summary>Catalogue entries in the order in which help lists them.</summary>
    public static ImmutableArray<CatalogEntry<IPretreatment>> Entries { get; } =
    [
        new("raw", "raw", "The spectra as they are.", term => ReadOne(term, () => PretreatmentChain.Raw, null)),
        new(
            "snv",
            "snv",
            "Standard normal variate: each spectrum minus its mean, divided by its standard deviation; snv(0) divides by p.",
            ReadStandardNormalVariate),
        new(
            "sg",
            "sg(15,2,1)",
            "Savitzky-Golay: window in variables, degree of the polynomial, order of the derivative (0 smooths).",
            ReadSavitzkyGolay),
        new(
            "detrend",
            "detrend(2)",
            "Each spectrum minus its best polynomial of the given degree over the variables.",
            ReadDetrend),
        new(
            "msc",
            "msc",
            "Multiplicative scatter correction onto the mean calibration spectrum, learnt in each fold.",
            term => ReadOne(term, () => new MultiplicativeScatterCorrection(), null)),
        new(
            "centre",
            "centre",
            "Each variable minus its calibration mean, learnt in each fold.",
            term => ReadOne(term, () => new MeanCentre(), null)),
        new(
            "autoscale",
            "autoscale",
            "Each variable centred and divided by its calibration standard deviation, learnt in each fold.",
            term => ReadOne(term, () => new Autoscale(), null)),
        new(
            "rnv",
            "rnv(25)",
            "Robust normal variate: each spectrum minus a percentile of its values, divided by the deviation of those up to it.",
            term => ReadOne(term, () => new RobustNormalVariate(), () => new RobustNormalVariate(term.Number(0, "the percentile")))),
        new(
            "gap",
            "gap(5,5,1)",
            "Norris-Williams derivative: gap and segment in variables, both odd, and its order, 1 or 2; ends without room fall off.",
            ReadGap),
        new(
            "movmean",
            "movmean(11)",
            "Moving mean over a window in variables; at the ends over what there is of it.",
            term => ReadOne(term, null, () => new MovingMean(term.WholeNumber(0, "the window")))),
        new(
            "absorbance",
            "absorbance(percent)",
            "log10(1/R) of reflectance or transmittance R as a fraction of 1, or in percent; R below 0.000001 is clipped and counted.",
            term => new Absorbance(Reflectance.IsPercent(term))),
        new(
            "km",
            "km(percent)",
            "Kubelka-Munk function (1-R)^2/(2R) of reflectance R, with the arguments and limits of absorbance.",
            term => new KubelkaMunk(Reflectance.IsPercent(term))),
        new(
            "norm",
            "norm(vector)",
            "Each spectrum divided by its area (sum of absolute values), vector (root of the sum of squares) or max (largest absolute value).",
            ReadNorm),
        new(
            "asls",
            "asls(100000,0.01)",
            "Minus a baseline by asymmetric least squares: penalty on its bends, and the weight of what lies above it.",
            ReadAsymmetric),
        new(
            "arpls",
            "arpls(100000)",
            "Minus a baseline by asymmetrically reweighted penalised least squares: penalty on its bends.",
            term => ReadOne(term, () => new ReweightedLeastSquares(), () => new ReweightedLeastSquares(term.Number(0, "the penalty")))),
        new(
            "continuum",
            "continuum",
            "Continuum removal: each spectrum of reflectance divided by its upper convex hull.",
            term => ReadOne(term, () => new ContinuumRemoval(), null)),
        new("crop", "crop(1100-2400 nm)", "Only the variables on one range of the axis; steps after it see nothing else.", ReadCrop),
        new(
            "interpolate",
            "interpolate(1100-2400 nm; 2)",
            "Spectra on a new axis: its range and step; linear, or after '; cubic' by cubics through four variables. Nothing is extrapolated.",
            ReadInterpolation),
        new(
            "splice",
            "splice(1000, 1830 nm)",
            "Parts of a spectrum from different detectors shifted until they meet, where they join after the given positions.",
            ReadSplice),
        new(
            "emsc",
            "emsc(2)",
            "MSC that also takes off a polynomial of the given degree over the axis, learnt in each fold.",
            term => ReadOne(
                term,
                () => new ExtendedMultiplicativeScatterCorrection(),
                () => new ExtendedMultiplicativeScatterCorrection(term.WholeNumber(0, "the degree")))),
        new(
            "pareto",
            "pareto",
            "Each variable centred and divided by the root of its calibration standard deviation, learnt in each fold.",
            term => ReadOne(term, () => new Pareto(), null)),
        new(
            "pqn",
            "pqn",
            "Probabilistic quotient normalisation onto the median calibration spectrum, learnt in each fold; norm(area) before it as published.",
            term => ReadOne(term, () => new ProbabilisticQuotient(), null)),
        new(
            "osc",
            "osc(1)",
            "Orthogonal signal correction: minus the largest components of the spectra that are orthogonal to the response, learnt in each fold.",
            term => ReadOne(
                term,
                () => new OrthogonalSignalCorrection(),
                () => new OrthogonalSignalCorrection(term.WholeNumber(0, "the number of components")))),
        new(
            "epo",
            "epo(1)",
            "Minus the main directions in which samples with equal references (replicates, or those of one class) differ, learnt in each fold.",
            term => ReadOne(
                term,
                () => new ExternalParameterOrthogonalisation(),
                () => new ExternalParameterOrthogonalisation(term.WholeNumber(0, "the number of directions")))),
        new(
            "glsw",
            "glsw(0.01)",
            "Generalised least squares weighting: the directions of epo shrunken, the less the larger alpha, learnt in each fold.",
            term => ReadOne(term, () => new LeastSquaresWeighting(), () => new LeastSquaresWeighting(term.Number(0, "alpha")))),
    ];

    /// <summary>A number that reads back to the same one.</summary>
    public static string Format(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static IPretreatment ReadOne(NotationTerm term, Func<IPretreatment>? usual, Func<IPretreatment>? given)
    {
        term.RequireArguments(usual is null ? 1 : 0, given is null ? 0 : 1);
        return term.Arguments.IsEmpty ? usual!() : given!();
    }

    private static StandardNormalVariate ReadStandardNormalVariate(NotationTerm term)
    {
        term.RequireArguments(0, 1);
        return new(term.Arguments.IsEmpty ? 1 : term.WholeNumber(0, "the degrees of freedom taken off p, 0 or 1"));
    }

    private static SavitzkyGolay ReadSavitzkyGolay(NotationTerm term)
    {
        term.RequireArguments(3, 3);
        return new(
            term.WholeNumber(0, "the window"),
            term.WholeNumber(1, "the degree of the polynomial"),
            term.WholeNumber(2, "the order of the derivative"));
    }

    private static Detrend ReadDetrend(NotationTerm term)
    {
        term.RequireArguments(0, 1);
        return new(term.Arguments.IsEmpty ? 2 : term.WholeNumber(0, "the degree"));
    }

    private static GapSegmentDerivative ReadGap(NotationTerm term)
    {
        term.RequireArguments(2, 3);
        return new(
            term.WholeNumber(0, "the gap"),
            term.WholeNumber(1, "the segment"),
            term.Arguments.Length > 2 ? term.WholeNumber(2, "the order of the derivative") : 1);
    }

    private static Normalisation ReadNorm(NotationTerm term)
    {
        term.RequireArguments(1, 1);
        string found = term.Arguments[0].Text;
        foreach (SpectrumSize size in Enum.GetValues<SpectrumSize>())
        {
            if (found.Equals(size.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return new Normalisation(size);
            }
        }

        throw term.Error($"expected area, vector or max, found '{found}'");
    }

    private static AsymmetricLeastSquares ReadAsymmetric(NotationTerm term)
    {
        term.RequireArguments(0, 2);
        return new(
            term.Arguments.Length > 0 ? term.Number(0, "the penalty") : AsymmetricLeastSquares.UsualPenalty,
            term.Arguments.Length > 1 ? term.Number(1, "the weight of what lies above the baseline") : AsymmetricLeastSquares.UsualAsymmetry);
    }

    private static Crop ReadCrop(NotationTerm term)
    {
        ImmutableArray<AxisRange> ranges = WavelengthRanges.Read(term.Inner, out AxisUnit unit);
        return ranges.Length == 1
            ? new Crop(ranges[0], unit)
            : throw term.Error($"crop keeps one range, found {ranges.Length}; name several in a subset: {new FixedRanges(ranges, unit).Notation}");
    }

    private static Interpolation ReadInterpolation(NotationTerm term)
    {
        term.RequireArguments(2, 3);
        bool isCubic = term.Arguments.Length > 2;
        if (isCubic && !term.Arguments[2].Text.Equals("cubic", StringComparison.OrdinalIgnoreCase))
        {
            throw term.Error($"expected 'cubic' or nothing, found '{term.Arguments[2].Text}'");
        }

        ImmutableArray<AxisRange> ranges = WavelengthRanges.Read(term.Arguments[0].Text, out AxisUnit unit);
        return new Interpolation(ranges[0], unit, term.Number(1, "the step"), isCubic);
    }

    private static SpliceCorrection ReadSplice(NotationTerm term)
    {
        ImmutableArray<AxisRange> ranges = WavelengthRanges.Read(term.Inner, out AxisUnit unit);
        foreach (AxisRange range in ranges)
        {
            if (range.From != range.To)
            {
                throw term.Error($"expected positions at which detectors meet, found the range {WavelengthRanges.Format(range)}");
            }
        }

        return new SpliceCorrection([.. ranges.Select(range => range.From)], unit);
    }
}
