using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>The grids of support vector machines as studies ask for them.</summary>
internal static class SupportVectorGrid
{
    /// <summary>The most values of one parameter.</summary>
    public const int CountMax = 50;

    private const double ValueMin = 1e-6;
    private const double ValueMax = 1e6;

    /// <summary>The usual values of γ: 1 is scikit-learn's <c>scale</c>; smaller ones see further.</summary>
    public static ImmutableArray<double> DefaultGammas { get; } = [0.01, 0.1, 1];

    /// <summary>The usual values of C for radial kernels.</summary>
    public static ImmutableArray<double> DefaultPenalties { get; } = [1, 10, 100, 1000];

    /// <summary>The usual values of C for lines, whose steps grow tenfold with C where spectra have more variables than samples.</summary>
    public static ImmutableArray<double> DefaultPenaltiesOfLines { get; } = [1, 10, 100];

    /// <summary>The usual tubes, in deviations of the response.</summary>
    public static ImmutableArray<double> DefaultEpsilons { get; } = [0.1, 0.01];

    /// <summary>
    /// All settings of numbers, from the smoothest model to the most flexible one: C rises innermost, so that each starts from the one
    /// before.
    /// </summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="penalties">Values of C.</param>
    /// <param name="epsilons">Values of ε.</param>
    public static ImmutableArray<SupportVectorSetting> OfNumbers(
        ImmutableArray<SupportVectorKernel> kernels, ImmutableArray<double> penalties, ImmutableArray<double> epsilons)
    {
        Require(epsilons, "epsilon");
        return Of(kernels, penalties, epsilons);
    }

    /// <summary>All settings of classes, in the same order; they have no tube.</summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="penalties">Values of C.</param>
    public static ImmutableArray<SupportVectorSetting> OfClasses(ImmutableArray<SupportVectorKernel> kernels, ImmutableArray<double> penalties) =>
        Of(kernels, penalties, [0]);

    private static ImmutableArray<SupportVectorSetting> Of(
        ImmutableArray<SupportVectorKernel> kernels, ImmutableArray<double> penalties, ImmutableArray<double> epsilons)
    {
        Require([.. kernels.Select(kernel => kernel.IsLine ? 1 : kernel.Gamma)], "gamma");
        Require(penalties, "C");
        return
        [
            .. from kernel in kernels.OrderBy(kernel => kernel.Gamma)
               from epsilon in epsilons.OrderDescending()
               from penalty in penalties.Order()
               select new SupportVectorSetting(kernel, epsilon, penalty),
        ];
    }

    private static void Require(ImmutableArray<double> values, string what)
    {
        if (values.IsDefaultOrEmpty || values.Length > CountMax || values.Distinct().Count() != values.Length)
        {
            throw Refusal($"1 to {CountMax} distinct values of {what}, found {(values.IsDefault ? 0 : values.Length)}, or one of them twice.");
        }

        foreach (double value in values)
        {
            if (value is not (>= ValueMin and <= ValueMax))
            {
                throw Refusal(string.Create(CultureInfo.InvariantCulture, $"{what} from {ValueMin} to {ValueMax}, found {value}."));
            }
        }
    }

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, "Support vector machines take " + message);
}
