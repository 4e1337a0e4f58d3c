namespace Pipeline.Engine.Supervision;

/// <summary>Says that a supervised loop gave no sign of life while it had work.</summary>
public sealed class StalledException : Exception
{
    /// <summary>A stall of one body.</summary>
    public StalledException(string name, string work, TimeSpan silence, bool wasLeftBehind)
        : base($"'{name}' gave no sign of life for {silence.TotalSeconds:F0} s at '{work}'."
            + (wasLeftBehind ? " It does not return and was left behind." : ""))
    {
        Work = work;
        WasLeftBehind = wasLeftBehind;
    }

    /// <summary>What it was working on.</summary>
    public string Work { get; }

    /// <summary>Whether it did not heed the stop and still occupies a thread.</summary>
    public bool WasLeftBehind { get; }
}
