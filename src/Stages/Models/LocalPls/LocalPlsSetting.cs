namespace Pipeline.Stages.Models.LocalPls;

/// <summary>What makes one local PLS.</summary>
/// <param name="Components">Components of every fit, A.</param>
/// <param name="Neighbours">Samples of every fit, k.</param>
internal readonly record struct LocalPlsSetting(int Components, int Neighbours)
{
    /// <summary>Why so many samples and variables have no such model, or null where they have.</summary>
    public string? FailureFor(int samples, int variables) =>
        Neighbours > samples
            ? $"{Neighbours} neighbours asked, there are {samples} calibration samples."
            : Components > Math.Min(Neighbours - 1, variables)
                ? $"{Components} components asked, {Neighbours} neighbours with {variables} variables support {Math.Min(Neighbours - 1, variables)}."
                : null;
}
