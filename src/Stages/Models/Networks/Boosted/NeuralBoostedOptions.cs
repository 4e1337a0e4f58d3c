using System.Collections.Immutable;
using Pipeline.Stages.Numerics.Descent;

namespace Pipeline.Stages.Models.Networks.Boosted;

/// <summary>What the boosted networks of one model have in common, their number apart.</summary>
public sealed record NeuralBoostedOptions
{
    /// <summary>Share of the calibration samples on which the number of networks is judged.</summary>
    public const double ValidationShare = 0.15;

    /// <summary>Rounds without a better validation loss after which boosting ends.</summary>
    public const int Patience = 10;

    /// <summary>Where the loss of Huber turns from a square into a line.</summary>
    public const double HuberTurn = 1.35;

    /// <summary>How a network ends its training: 100 steps, or partial derivatives of at most 5e-4.</summary>
    internal static readonly DescentRules Rules = new(100, 5e-4);

    /// <summary>What part of each network's prediction counts, above 0 and at most 1.</summary>
    public double Rate { get; init; } = 0.1;

    /// <summary>Nodes of a network.</summary>
    public int Hidden { get; init; } = 3;

    /// <summary>What a node makes of its sum.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>Penalty of squared weights.</summary>
    public double Alpha { get; init; } = 1e-4;

    /// <summary>Whether validation samples are judged by the loss of Huber, and not by the mean square.</summary>
    public bool UsesHuber { get; init; }

    /// <summary>Whether every class counts the same, however many samples it has.</summary>
    public bool IsBalanced { get; init; }

    /// <summary>The seed of the split; network i starts from this seed plus i.</summary>
    public uint Seed { get; init; } = 42;

    /// <summary>
    /// Whether the arithmetic is that of spectral_predict: spectra as measured, start from 0, every network kept. Otherwise spectra and
    /// response are standardised, boosting starts from the mean and the networks after the best round are dropped.
    /// </summary>
    public bool IsOriginal { get; init; }

    internal ImmutableArray<int> Layers => [Hidden];
}
