using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>The share of the samples that a hold-out sets apart.</summary>
public readonly record struct HoldOutShare
{
    private const double PercentMax = 50;

    /// <summary>A share in percent, above 0 and at most 50.</summary>
    public HoldOutShare(double percent)
    {
        Percent = percent is > 0 and <= PercentMax
            ? percent
            : throw new StageException(
                FailureKind.InvalidRequest,
                string.Create(CultureInfo.InvariantCulture, $"The share of test samples is {percent} %. Give more than 0 and at most {PercentMax} %."));
    }

    /// <summary>The share in percent.</summary>
    public double Percent { get; }

    /// <summary>How many of n samples are asked for: the nearest whole number, at least 1.</summary>
    public int Of(int samples) => Math.Max(1, (int)Math.Round(samples * Percent / 100, MidpointRounding.AwayFromZero));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Percent} %");
}
