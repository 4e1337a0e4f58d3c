using System.Collections.Immutable;

namespace Pipeline.Stages.Models.Networks;

/// <summary>How a network is built and trained, its penalty apart.</summary>
public sealed record NetworkOptions
{
    /// <summary>Most samples of a batch.</summary>
    public const int BatchMax = 200;

    /// <summary>Epochs without improvement after which training ends.</summary>
    public const int Patience = 10;

    /// <summary>Share of the calibration samples on which the number of epochs is judged.</summary>
    public const double ValidationShare = 0.1;

    /// <summary>Improvements of loss or R² below this are none; L-BFGS ends where no partial derivative is larger.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Nodes of one hidden layer or two.</summary>
    public ImmutableArray<int> Hidden { get; init; } = [64];

    /// <summary>What a node makes of its sum.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>How it is trained.</summary>
    public NetworkSolver Solver { get; init; } = NetworkSolver.Adam;

    /// <summary>Length of Adam's steps.</summary>
    public double Rate { get; init; } = 1e-3;

    /// <summary>Most epochs, or steps of L-BFGS.</summary>
    public int EpochsMax { get; init; } = 500;

    /// <summary>Whether Adam ends by R², or the share of right classes, of samples set apart, and goes back to the best epoch; otherwise by the loss.</summary>
    public bool StopsEarly { get; init; } = true;

    /// <summary>Whether spectra and response are standardised.</summary>
    public bool IsStandardised { get; init; } = true;

    /// <summary>Whether every class counts the same, however many samples it has.</summary>
    public bool IsBalanced { get; init; }

    /// <summary>The seed of start, split and batches.</summary>
    public uint Seed { get; init; } = 42;
}
