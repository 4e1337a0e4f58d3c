using System.Collections.Immutable;
using System.ComponentModel;

namespace Pipeline.Stages.Calibration;

/// <summary>What the user asks for: one response, what to try, and how to judge.</summary>
/// <remarks>
/// Immutable. Every field has a default, so an empty study is a complete one; <see cref="StudyFile"/> reads it from
/// JSON and publishes the schema made from the descriptions here.
/// </remarks>
public sealed record Study
{
    /// <summary>The default chains: none, SNV, detrend and five Savitzky–Golay derivatives, alone and around SNV.</summary>
    public static readonly ImmutableArray<string> DefaultPretreatments =
    [
        "raw", "snv", "detrend(2)",
        "sg(11,2,1)", "sg(15,2,1)", "sg(21,2,1)", "sg(15,3,2)", "sg(21,3,2)",
        "snv + detrend(2)", "snv + sg(11,2,1)", "snv + sg(15,2,1)", "snv + sg(21,2,1)", "snv + sg(15,3,2)", "snv + sg(21,3,2)",
        "detrend(2) + snv", "sg(11,2,1) + snv", "sg(15,2,1) + snv", "sg(21,2,1) + snv", "sg(15,3,2) + snv", "sg(21,3,2) + snv",
    ];

    /// <summary>The most candidates that may keep their predictions.</summary>
    public const int PredictionsMax = 10_000;

    /// <summary>The response to calibrate.</summary>
    [Description("Name of the response column to calibrate; the command line's --response wins over it.")]
    public string? Response { get; init; }

    /// <summary>Column whose equal values belong together, such as the replicates of one sample.</summary>
    [Description("Name of a column whose samples belong together (replicates, batches); they are never split over folds.")]
    public string? Group { get; init; }

    /// <summary>Pretreatment chains.</summary>
    [Description("Pretreatment chains in the field's notation, such as \"snv + sg(15,2,1)\"; algebraically equal ones are tried once.")]
    public ImmutableArray<string> Pretreatments { get; init; } = DefaultPretreatments;

    /// <summary>Models with their grids.</summary>
    [Description("Models with their grids, such as \"pls(25)\" for 1 to 25 components, \"ridge\" for the usual penalties, \"ridge(1e-6, 1e-4)\" for these; \"lasso\", \"enet(mixing 0.5)\", \"ols\".")]
    public ImmutableArray<string> Models { get; init; } = ["pls(25)", "ridge"];

    /// <summary>Choices of variables.</summary>
    [Description("Choices of variables, made anew inside each fold: \"full\", \"top(50)\", \"region(50,25;1)\" (width, step; rank), \"regions(50,25;2)\" (the best 2 together), \"ranges(1900-1950, 2080-2130 nm)\", \"pairs(1)\" (the best pair of variables).")]
    public ImmutableArray<string> Subsets { get; init; } =
    [
        "full", "top(50)", "top(100)",
        "region(50,25;1)", "region(50,25;2)", "region(50,25;3)", "regions(50,25;2)", "regions(50,25;5)",
    ];

    /// <summary>The fold scheme.</summary>
    [Description("How samples are held out: \"random(10, seed 0)\"; \"hash(10, seed 0)\", where each sample keeps its fold however the dataset grows; \"given(COLUMN)\".")]
    public string Folds { get; init; } = "random(10, seed 0)";

    /// <summary>How many ranked candidates keep their out-of-fold predictions.</summary>
    [Description("For how many of the best candidates the out-of-fold predictions are written.")]
    public int Predictions { get; init; } = 20;
}
