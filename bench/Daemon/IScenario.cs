namespace Pipeline.DaemonBench;

/// <summary>One way to load a daemon, and what is measured then.</summary>
internal interface IScenario
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>Its options, for the command line.</summary>
    string Usage { get; }

    /// <summary>What was claimed and did not hold, once it has run.</summary>
    IReadOnlyList<string> Missed => [];

    /// <summary>Runs it in a folder of its own; gives lines of Markdown as they are known.</summary>
    IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments);
}
