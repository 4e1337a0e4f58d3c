using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;
using Pipeline.Stages.Calibration.Judging;

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

    /// <summary>The original's chains in its order.</summary>
    public static readonly ImmutableArray<string> OriginalPretreatments =
    [
        "raw", "snv(0)",
        "sg(7,2,1)", "sg(19,2,1)", "snv(0) + sg(7,2,1)", "snv(0) + sg(19,2,1)", "sg(7,2,1) + snv(0)", "sg(19,2,1) + snv(0)",
        "sg(7,3,2)", "sg(19,3,2)", "snv(0) + sg(7,3,2)", "snv(0) + sg(19,3,2)", "sg(7,3,2) + snv(0)", "sg(19,3,2) + snv(0)",
    ];

    /// <summary>The models of the original's benchmark: PLS, whose numbers come out again, and NeuralBoosted, whose first steps do.</summary>
    public static readonly ImmutableArray<string> OriginalModels = ["pls(24)", "neuralboosted(original)"];

    /// <summary>The original's choices of variables.</summary>
    public static readonly ImmutableArray<string> OriginalSubsets =
    [
        "full", "top(10)", "top(20)", "top(50)", "top(100)", "top(250)", "top(500)", "top(1000)",
        "region(50,25;1)", "region(50,25;2)", "region(50,25;3)", "regions(50,25;2)", "regions(50,25;5)",
    ];

    /// <summary>The default models for numbers.</summary>
    public static readonly ImmutableArray<string> DefaultModels = ["pls(25)", "ridge"];

    /// <summary>The default models for classes.</summary>
    public static readonly ImmutableArray<string> DefaultClassModels = ["plsda(25)", "lda"];

    /// <summary>The most candidates that may keep their predictions.</summary>
    public const int PredictionsMax = 10_000;

    /// <summary>The most outer folds of the nested estimate.</summary>
    public const int NestedMax = 100;

    /// <summary>The most permutations of the null.</summary>
    public const int PermutationsMax = 999;

    /// <summary>The most further divisions of repeated folds.</summary>
    public const int RepeatsMax = 100;

    /// <summary>The most bootstrap replicates.</summary>
    public const int BootstrapMax = 100_000;

    /// <summary>The most classes of a response: predictions take memory for each sample, class and candidate.</summary>
    public const int ClassesMax = 100;

    /// <summary>The task of a study whose response is a class.</summary>
    public const string ClassesTask = "classes";

    /// <summary>The task of a study whose response is a number.</summary>
    public const string NumbersTask = "numbers";

    /// <summary>The profile in which nothing is learnt from held-out samples.</summary>
    public const string HonestProfile = "honest";

    /// <summary>The profile that repeats the arithmetic of the program that came before.</summary>
    public const string SeedProfile = "seed";

    private const string OriginalFolds = "random(5, seed 42)";
    private const string DefaultFolds = "random(10, seed 0)";
    private const string DefaultClassFolds = "stratified(10, seed 0)";

    // Null where the study leaves them to the default of its task.
    private readonly ImmutableArray<string>? _pretreatments;
    private readonly ImmutableArray<string>? _models;
    private readonly ImmutableArray<string>? _subsets;
    private readonly string? _folds;

    private static readonly ImmutableArray<string> DefaultSubsets =
    [
        "full", "top(50)", "top(100)",
        "region(50,25;1)", "region(50,25;2)", "region(50,25;3)", "regions(50,25;2)", "regions(50,25;5)",
    ];

    /// <summary><see cref="HonestProfile"/>, <see cref="SeedProfile"/>, or null for the first.</summary>
    [Description("\"honest\" (the default): nothing is learnt from held-out samples. \"seed\": the arithmetic of the program that came "
        + "before, which chooses variables with the held-out samples in view, for comparison alone; 'pipeline search' runs it.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Profile { get; init; }

    /// <summary>The response to calibrate.</summary>
    [Description("Name of the response column to calibrate; the command line's --response wins over it.")]
    public string? Response { get; init; }

    /// <summary><see cref="ClassesTask"/>, <see cref="NumbersTask"/>, or null: then the response decides.</summary>
    [Description("What the response is: \"classes\" or \"numbers\". Without it a column of text is classes and a column of numbers is numbers.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Task { get; init; }

    /// <summary>What candidates are ranked by; null for RMSECV, and for the balanced accuracy of classes.</summary>
    [Description("What candidates are ranked by. Numbers: \"rmsecv\" (the default) or \"composite\", which adds a penalty for "
        + "components and variables (see lambda). Classes: \"balanced_accuracy\" (the default), \"accuracy\", \"macro_f1\", \"roc_auc\" "
        + "or \"log_loss\".")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Metric { get; init; }

    /// <summary>Column whose equal values belong together, such as the replicates of one sample.</summary>
    [Description("Name of a column whose samples belong together (replicates, batches); they are never split over folds.")]
    public string? Group { get; init; }

    /// <summary>Pretreatment chains.</summary>
    [Description(
        "Pretreatment chains in the field's notation, such as \"snv + sg(15,2,1)\"; algebraically equal ones are tried once. Names: "
        + "raw, snv, sg, detrend, msc, centre, autoscale, rnv, gap, movmean, absorbance, km, norm, asls, arpls, continuum, crop, interpolate, splice, "
        + "emsc, pareto, pqn, osc, epo, glsw; 'pipeline search --help' says what each does.")]
    public ImmutableArray<string> Pretreatments
    {
        get => _pretreatments ?? (IsOriginal ? OriginalPretreatments : DefaultPretreatments);
        init => _pretreatments = value;
    }

    /// <summary>Models with their grids.</summary>
    [Description("Models with their grids, such as \"pls(25)\" for 1 to 25 components, \"ridge\" for the usual penalties, \"ridge(1e-6, "
        + "1e-4)\" for these; \"lasso\", \"enet(mixing 0.5)\", \"ols\", \"pcr(30)\", \"krr\", \"gp\", \"svr\", \"localpls(15)\", "
        + "\"forest(200)\", \"extratrees\", "
        + "\"boost(200)\", \"mlp\", \"neuralboosted\"; for classes \"plsda(25)\", \"lda\", \"qda\", \"logistic\", \"svm\", \"forestclass\", "
        + "\"extratreesclass\", \"boostclass\", \"mlpclass\", \"neuralboostedclass\" (by default plsda(25) and lda).")]
    public ImmutableArray<string> Models
    {
        get => _models ?? (IsOriginal ? OriginalModels : IsOfClasses ? DefaultClassModels : DefaultModels);
        init => _models = value;
    }

    /// <summary>Choices of variables.</summary>
    [Description("Choices of variables, made anew inside each fold: \"full\", \"top(50)\", \"region(50,25;1)\" (width, step; rank), "
        + "\"regions(50,25;2)\" (the best 2 together), \"ranges(1900-1950, 2080-2130 nm)\", \"pairs(1)\" (the best pair of variables); "
        + "\"ipls(20)\" and \"ipls(20; backward)\" (intervals added or dropped), \"cars(50)\", \"uve(100)\", \"spa(30)\", which judge "
        + "by folds inside the calibration samples.")]
    public ImmutableArray<string> Subsets
    {
        get => _subsets ?? (IsOriginal ? OriginalSubsets : DefaultSubsets);
        init => _subsets = value;
    }

    /// <summary>The fold scheme.</summary>
    [Description("How samples are held out: \"random(10, seed 0)\"; \"hash(10, seed 0)\", where each sample keeps its fold however the "
        + "dataset grows; \"stratified(10, seed 0)\", the default for classes, where each fold has its share of every class or range of "
        + "the response; \"venetian(10; by COLUMN)\" and \"contiguous(10; by COLUMN)\", every tenth sample in the order of a column or runs "
        + "of it (\"by response\" for the response, without \"by\" for ids, \"by file order\" for the file's); \"time(5; by COLUMN)\", blocks of "
        + "which each but the first is predicted from those before it; \"loo\", each sample or group alone; \"given(COLUMN)\".")]
    public string Folds
    {
        get => _folds ?? (IsOriginal ? OriginalFolds : IsOfClasses ? DefaultClassFolds : DefaultFolds);
        init => _folds = value;
    }

    /// <summary>How test samples are chosen before the search; null for none.</summary>
    [Description("Test samples that are set apart before the search and predicted once at its end: \"kennard-stone(25 %)\" and \"spxy(25 "
        + "%)\" calibrate on samples that cover spectra (or spectra and response), \"duplex(25 %)\" covers them twice, \"random(25 %, seed "
        + "0)\" draws. Groups and identical spectra stay on one side; the sets are written to holdout-sets.csv. For 'pipeline search', not "
        + "for the daemon. Without it no sample is set apart.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Holdout { get; init; }

    /// <summary>How many ranked candidates keep their out-of-fold predictions.</summary>
    [Description("For how many of the best candidates the out-of-fold predictions are written (predictions.csv, predictions.arrow); a "
        + "number above that of the candidates, such as 10000, is every ranked row. They take memory: 8 bytes for each sample, candidate and class.")]
    public int Predictions { get; init; } = 20;

    /// <summary>Whether the study asks for the original's arithmetic.</summary>
    [JsonIgnore]
    public bool IsOriginal => Profile == SeedProfile;

    /// <summary>The weight of complexity in the composite score.</summary>
    [Description("How much components and variables weigh where \"metric\" is \"composite\"; 0 for not at all.")]
    public double Lambda { get; init; } = CompositeScore.LambdaDefault;

    /// <summary>Outer folds of the nested estimate; 0 for none.</summary>
    [Description("The nested estimate: in this many outer folds the whole search is repeated without them, and what it chooses predicts "
        + "them. Its error is that of the search as a whole on new samples. Costs about as many searches; 0 for none.")]
    public int Nested { get; init; } = 5;

    /// <summary>Permutations of the null; 0 for none.</summary>
    [Description("The permutation null: this many searches on shuffled responses tell how low an error chance alone reaches. Covers as "
        + "much of the search as costs no more than half the search, and fewer permutations (19 at least) where that is not enough; 0 "
        + "for none. Numbers only.")]
    public int Permutations { get; init; } = 99;

    /// <summary>Further divisions of repeated folds; 0 for none.</summary>
    [Description("Repeated folds: the search is done again on this many other divisions of the samples, by the next seeds of the folds "
        + "(random, hash or stratified), and every candidate gets mean and standard deviation over all divisions. The first division ranks. "
        + "Costs as many searches; 0 for none.")]
    public int Repeats { get; init; }

    /// <summary>Bootstrap replicates behind the intervals of the best rows; 0 for none.</summary>
    [Description("Resamples behind the intervals, the rank confidence and the paired test of the best rows; 0 for none. Numbers only.")]
    public int Bootstrap { get; init; } = 1000;

    /// <summary>Whether the study is known to be about classes: it says so, or its response has said so.</summary>
    [JsonIgnore]
    public bool IsOfClasses => Task == ClassesTask;
}
