namespace Pipeline.Host.Platform;

/// <summary>What the service control manager of Windows is told of the service.</summary>
/// <param name="Stage">Where the service stands.</param>
/// <param name="ExitCode">The exit code of the command, once it is stopped.</param>
/// <param name="CheckPoint">Goes up while the service starts or stops and makes progress; 0 otherwise.</param>
/// <param name="Within">How long the manager shall wait for the next report; zero where it need not.</param>
internal readonly record struct ServiceReport(ServiceStage Stage, int ExitCode, int CheckPoint, TimeSpan Within);

/// <summary>Where a service stands; the numbers are the manager's.</summary>
internal enum ServiceStage
{
    /// <summary>Gone.</summary>
    Stopped = 1,

    /// <summary>Opening its data.</summary>
    Starting = 2,

    /// <summary>Draining.</summary>
    Stopping = 3,

    /// <summary>At work.</summary>
    Running = 4,
}
