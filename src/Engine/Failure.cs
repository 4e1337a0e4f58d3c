namespace Pipeline.Engine;

/// <summary>The reason why one item of work has no result, as a value that travels with the item.</summary>
/// <param name="Kind">What sort of thing went wrong; decides who is told.</param>
/// <param name="Message">For the person at the bench: what was expected, what was found, where, what to do.</param>
public sealed record Failure(FailureKind Kind, string Message);

/// <summary>The sorts of expected failure; anything else is a defect and is never a value.</summary>
public enum FailureKind
{
    /// <summary>What was asked for is not possible: an option, a setting, a name that does not exist.</summary>
    InvalidRequest,

    /// <summary>The data cannot be used as they are.</summary>
    InvalidData,

    /// <summary>The arithmetic has no answer for these data: rank loss, no variance, no convergence.</summary>
    Numerical,

    /// <summary>A file or device did not do what was asked.</summary>
    Storage,

    /// <summary>The work can never fit into the memory budget.</summary>
    OverBudget,

    /// <summary>The program failed or hung at this work, and again when it was tried anew: an error of ours.</summary>
    Defect,

    /// <summary>The work was cancelled before it was finished; nothing is wrong with it.</summary>
    Canceled,
}
