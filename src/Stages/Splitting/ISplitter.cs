namespace Pipeline.Stages.Splitting;

/// <summary>The specification of a fold scheme: a pure function of sample identities and a seed.</summary>
public interface ISplitter
{
    /// <summary>The scheme with every parameter that matters, such as <c>random(10, seed 0)</c>.</summary>
    string Notation { get; }

    /// <summary>Raised by one whenever fold membership changes for the same input.</summary>
    int Version { get; }

    /// <summary>
    /// Divides samples; samples of one group stay together, and the order in which samples are listed does not matter.
    /// </summary>
    /// <param name="groups">The group of every sample; a sample on its own is a group.</param>
    Folds Split(SampleGroups groups);

    /// <summary>The scheme of the outer folds of nested validation: of the same kind, with a seed of its own.</summary>
    /// <remarks>
    /// With one seed for both, the hash folds inside would be those outside once more, and some of them empty. Given folds are
    /// held out as they are, several together where there are more than asked for: those that are left are the inner ones.
    /// </remarks>
    /// <param name="count">How many folds are asked for, at least 2; given folds may be fewer.</param>
    ISplitter Outer(int count);
}
