namespace Pipeline.Stages.Calibration.Judging;

/// <summary>A search beside the study's own, by which that one is judged.</summary>
/// <remarks>
/// It goes through the same flow, cache, budget and ledger; its units have keys of their own, since their samples, or what
/// they do with them, are others.
/// </remarks>
/// <param name="Title">What it is, for people: <c>without outer fold 2 of 5</c>.</param>
/// <param name="Plan">Its units.</param>
/// <param name="Samples">Makes its samples, which are a copy where they are some of the study's.</param>
public sealed record SideSearch(string Title, StudyPlan Plan, Func<CalibrationSet> Samples);
